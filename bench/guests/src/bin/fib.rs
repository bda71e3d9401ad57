//! Fibonacci's numbers by recursion: calls and returns.
#![no_std]
#![no_main]

use core::hint::black_box;

const NUMBER: u64 = 38;

#[inline(never)]
fn fib(n: u64) -> u64 {
    let n = black_box(n);
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    guests::finish(fib(NUMBER))
}
