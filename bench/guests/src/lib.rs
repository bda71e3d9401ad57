//! What every guest of the benchmark shares: the way into 64-bit Rust, and the way out with a result.
#![no_std]

use core::arch::{asm, global_asm};
use core::fmt::{self, Write};

global_asm!(include_str!("boot.s"));

const COM1: u16 = 0x3f8;
const DEBUG_EXIT: u16 = 0xf4;

struct Serial;

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            unsafe { asm!("out dx, al", in("dx") COM1, in("al") byte) };
        }
        Ok(())
    }
}

/// Prints the result, so that two machines can be held against each other, and ends the run.
pub fn finish(result: u64) -> ! {
    let _ = writeln!(Serial, "{result:016x}");
    exit(0)
}

fn exit(code: u32) -> ! {
    unsafe { asm!("out dx, eax", in("dx") DEBUG_EXIT, in("eax") code) };
    loop {
        unsafe { asm!("cli", "hlt") };
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let _ = writeln!(Serial, "{info}");
    exit(1)
}

/// Lets instructions of SSE be executed: CR0.MP instead of CR0.EM, CR4.OSFXSR and CR4.OSXMMEXCPT.
///
/// # Safety
/// Runs at privilege level 0; nothing else uses the registers.
pub unsafe fn enable_sse() {
    unsafe {
        asm!(
            "mov {r}, cr0", "and {r}, ~4", "or {r}, 2", "mov cr0, {r}",
            "mov {r}, cr4", "or {r}, 0x600", "mov cr4, {r}",
            r = out(reg) _,
        );
    }
}

/// Pseudo-random numbers (xorshift64), the same on every machine.
pub struct Random(pub u64);

impl Iterator for Random {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(self.0)
    }
}
