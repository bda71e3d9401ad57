//! The sieve of Eratosthenes: byte stores with a stride, then a scan.
#![no_std]
#![no_main]

const LIMIT: usize = 1 << 22;
const ROUNDS: u64 = 8;

static mut COMPOSITE: [bool; LIMIT] = [false; LIMIT];

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    let composite = unsafe { &mut *(&raw mut COMPOSITE) };
    let mut sum = 0;
    for _ in 0..ROUNDS {
        composite.fill(false);
        let mut factor = 2;
        while factor * factor < LIMIT {
            if !composite[factor] {
                for multiple in (factor * factor..LIMIT).step_by(factor) {
                    composite[multiple] = true;
                }
            }
            factor += 1;
        }
        sum += composite[2..].iter().filter(|&&is| !is).count() as u64;
    }
    guests::finish(sum)
}
