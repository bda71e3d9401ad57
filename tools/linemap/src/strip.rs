//! Removes what a loader does not read.

use object::build::elf::{Builder, SectionData};
use std::error::Error;

/// The same segments at the same addresses, without symbols and debug
/// information. The same input gives the same bytes.
pub fn strip(data: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut builder = Builder::read(data)?;
    for section in &mut builder.sections {
        let names = matches!(section.data, SectionData::SectionString);
        section.delete = !section.is_alloc() && !names;
    }
    for symbol in &mut builder.symbols {
        symbol.delete = true;
    }
    let mut out = Vec::new();
    builder.write(&mut out)?;
    Ok(out)
}
