//! Copying by 16 bytes at a time, as `memcpy` does where there is SSE.
#![no_std]
#![no_main]

use core::arch::asm;

const SIZE: usize = 1 << 20;
const ROUNDS: usize = 600;

static mut FROM: [u64; SIZE / 8] = [0; SIZE / 8];
static mut TO: [u64; SIZE / 8] = [0; SIZE / 8];

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    let (from, to) = unsafe { (&mut *(&raw mut FROM), &mut *(&raw mut TO)) };
    for (word, random) in from.iter_mut().zip(guests::Random(7)) {
        *word = random;
    }
    unsafe { guests::enable_sse() };
    for _ in 0..ROUNDS {
        unsafe {
            asm!(
                "2:",
                "movups xmm0, [rsi]",
                "movups xmm1, [rsi + 16]",
                "movups xmm2, [rsi + 32]",
                "movups xmm3, [rsi + 48]",
                "movups [rdi], xmm0",
                "movups [rdi + 16], xmm1",
                "movups [rdi + 32], xmm2",
                "movups [rdi + 48], xmm3",
                "add rsi, 64",
                "add rdi, 64",
                "dec rcx",
                "jnz 2b",
                inout("rsi") from.as_ptr() => _,
                inout("rdi") to.as_mut_ptr() => _,
                inout("rcx") SIZE / 64 => _,
            );
        }
    }
    guests::finish(to.iter().fold(0, |sum, word| sum ^ word))
}
