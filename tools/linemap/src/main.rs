//! What the build needs of a kernel's ELF file.
//!
//! - `linemap read ELF PREFIX` prints its function symbols and its line map
//!   as JSON. PREFIX is the folder that the debug information gives for the
//!   project: lines elsewhere count for the project's line that called them.
//! - `linemap strip ELF OUT` writes it without symbols and debug information.

mod line_map;
mod strip;
mod symbols;

use std::error::Error;
use std::process::ExitCode;

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["read", path, prefix] => {
            let data = std::fs::read(path)?;
            let file = object::File::parse(&*data)?;
            let map = line_map::read(&file, prefix)?;
            let symbols: Vec<_> = symbols::read(&file)?
                .into_iter()
                .map(|symbol| {
                    serde_json::json!({
                        "name": symbol.name,
                        "address": format!("{:x}", symbol.address),
                        "size": symbol.size,
                    })
                })
                .collect();
            let rows: Vec<_> = map
                .rows
                .into_iter()
                .map(|row| {
                    serde_json::json!([
                        format!("{:x}", row.address),
                        row.length,
                        row.file,
                        row.line
                    ])
                })
                .collect();
            println!(
                "{}",
                serde_json::json!({ "symbols": symbols, "files": map.files, "rows": rows })
            );
            Ok(())
        }
        ["strip", path, out] => {
            std::fs::write(out, strip::strip(&std::fs::read(path)?)?)?;
            Ok(())
        }
        _ => Err("usage: linemap read ELF PREFIX | linemap strip ELF OUT".into()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linemap: {error}");
            ExitCode::FAILURE
        }
    }
}
