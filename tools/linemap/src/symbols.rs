//! Named places in the code.

use object::{Object, ObjectSection, ObjectSymbol, SectionKind};

pub struct Symbol {
    /// As Rust's source says it, without the hash.
    pub name: String,
    pub address: u64,
    /// In bytes. Assembly gives none: it then reaches to the next symbol or to
    /// the section's end.
    pub size: u64,
}

/// Every symbol of a code section, ascending by address.
pub fn read(file: &object::File) -> Result<Vec<Symbol>, object::Error> {
    let mut symbols = Vec::new();
    for section in file.sections() {
        if section.kind() != SectionKind::Text {
            continue;
        }
        let end = section.address() + section.size();
        let mut own: Vec<Symbol> = file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
            .filter(|symbol| (section.address()..end).contains(&symbol.address()))
            .filter_map(|symbol| {
                let name = symbol.name().ok().filter(|name| !name.is_empty())?;
                Some(Symbol {
                    name: format!("{:#}", rustc_demangle::demangle(name)),
                    address: symbol.address(),
                    size: symbol.size(),
                })
            })
            .collect();
        own.sort_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
        own.dedup_by(|a, b| a.address == b.address && a.name == b.name);
        for index in 0..own.len() {
            if own[index].size == 0 {
                let address = own[index].address;
                let next = own[index..].iter().find(|other| other.address > address);
                own[index].size = next.map_or(end, |other| other.address) - address;
            }
        }
        symbols.append(&mut own);
    }
    symbols.sort_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
    Ok(symbols)
}
