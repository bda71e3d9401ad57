//! CRC-32 (IEEE 802.3) by a table: a load that depends on the one before it, for every byte.
#![no_std]
#![no_main]

const SIZE: usize = 1 << 20;
const ROUNDS: usize = 96;

static TABLE: [u32; 256] = table();
static mut DATA: [u8; SIZE] = [0; SIZE];

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(value & 1));
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    let data = unsafe { &mut *(&raw mut DATA) };
    for (byte, random) in data.iter_mut().zip(guests::Random(1)) {
        *byte = random as u8;
    }
    let mut crc = !0u32;
    for _ in 0..ROUNDS {
        for &byte in data.iter() {
            crc = (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)];
        }
    }
    guests::finish(u64::from(!crc))
}
