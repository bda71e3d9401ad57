//! Ranges of code and the project's source line that each comes from.

use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use addr2line::{Context, LookupResult};
use object::{Object, ObjectSection};
use std::error::Error;

type Reader<'data> = EndianSlice<'data, RunTimeEndian>;

pub struct Row {
    pub address: u64,
    /// In bytes.
    pub length: u64,
    /// Index into [`LineMap::files`].
    pub file: usize,
    /// 1-based.
    pub line: u32,
}

pub struct LineMap {
    /// Relative to the project.
    pub files: Vec<String>,
    /// Ascending; ranges do not overlap.
    pub rows: Vec<Row>,
}

impl LineMap {
    fn file(&mut self, name: &str) -> usize {
        if let Some(index) = self.files.iter().position(|file| file == name) {
            return index;
        }
        self.files.push(name.to_owned());
        self.files.len() - 1
    }

    fn push(&mut self, row: Row) {
        if let Some(last) = self.rows.last_mut()
            && last.address + last.length == row.address
            && (last.file, last.line) == (row.file, row.line)
        {
            last.length += row.length;
        } else {
            self.rows.push(row);
        }
    }
}

/// Where code has been inlined, the innermost function of the project counts:
/// an iterator's code from `core` belongs to the line of the kernel that uses
/// the iterator.
pub fn read(file: &object::File, prefix: &str) -> Result<LineMap, Box<dyn Error>> {
    let endian = if file.is_little_endian() {
        RunTimeEndian::Little
    } else {
        RunTimeEndian::Big
    };
    let load = |id: SectionId| -> Result<Reader, object::Error> {
        let data = match file.section_by_name(id.name()) {
            Some(section) => section.data()?,
            None => &[],
        };
        Ok(EndianSlice::new(data, endian))
    };
    let context = Context::from_dwarf(Dwarf::load(load)?)?;
    let prefix = format!("{}/", prefix.trim_end_matches('/'));

    let mut ranges: Vec<(u64, u64)> = context
        .find_location_range(0, u64::MAX)?
        .filter(|(_, length, _)| *length > 0)
        .map(|(address, length, _)| (address, length))
        .collect();
    ranges.sort_unstable();

    let mut map = LineMap {
        files: Vec::new(),
        rows: Vec::new(),
    };
    let mut end = 0;
    for (address, length) in ranges {
        // Sections that the linker has dropped leave their lines at address 0.
        if address < end || !holds_code(file, address) {
            continue;
        }
        let LookupResult::Output(frames) = context.find_frames(address) else {
            return Err("the debug information is split into other files".into());
        };
        let mut frames = frames?;
        while let Some(frame) = frames.next()? {
            let Some(location) = frame.location else {
                continue;
            };
            let (Some(path), Some(line)) = (location.file, location.line) else {
                continue;
            };
            if let Some(name) = path.strip_prefix(&prefix)
                && !name.split('/').any(|part| part == "..")
                && line > 0
            {
                let file = map.file(name);
                map.push(Row {
                    address,
                    length,
                    file,
                    line,
                });
                end = address + length;
                break;
            }
        }
    }
    Ok(map)
}

fn holds_code(file: &object::File, address: u64) -> bool {
    file.sections().any(|section| {
        section.kind() == object::SectionKind::Text
            && (section.address()..section.address() + section.size()).contains(&address)
    })
}
