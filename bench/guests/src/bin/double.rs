//! Scalar arithmetic on doubles: each step of a logistic map needs the one before it, a sum of roots and quotients runs beside it.
//! In assembly, since the kernels' target has no floating-point registers.
#![no_std]
#![no_main]

use core::arch::asm;

const STEPS: u64 = 12_000_000;

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    let result: u64;
    unsafe {
        guests::enable_sse();
        asm!(
            "mov eax, 1",
            "cvtsi2sd xmm3, rax",         // 1.0
            "mov eax, 4",
            "cvtsi2sd xmm4, rax",         // 4.0
            "mov eax, 3",
            "cvtsi2sd xmm0, rax",
            "mov eax, 10",
            "cvtsi2sd xmm1, rax",
            "divsd xmm0, xmm1",           // x = 0.3
            "pxor xmm5, xmm5",            // sum = 0
            "2:",
            "movsd xmm1, xmm3",
            "subsd xmm1, xmm0",
            "mulsd xmm0, xmm4",
            "mulsd xmm0, xmm1",           // x = 4 x (1 - x)
            "cvtsi2sd xmm2, rcx",
            "sqrtsd xmm2, xmm2",
            "movsd xmm1, xmm0",
            "divsd xmm1, xmm2",
            "addsd xmm5, xmm1",           // sum += x / sqrt(n)
            "ucomisd xmm5, xmm4",
            "jp 3f",
            "dec rcx",
            "jnz 2b",
            "3:",
            "movq rax, xmm5",
            inout("rcx") STEPS => _,
            out("rax") result,
        );
    }
    guests::finish(result)
}
