//! `sort_unstable` on random numbers, then binary searches: calls, compares and branches that no one foresees.
#![no_std]
#![no_main]

const LENGTH: usize = 1 << 18;
const ROUNDS: u64 = 3;

static mut NUMBERS: [u64; LENGTH] = [0; LENGTH];

#[unsafe(no_mangle)]
extern "C" fn guest_main() -> ! {
    let numbers = unsafe { &mut *(&raw mut NUMBERS) };
    let mut sum = 0u64;
    for round in 1..=ROUNDS {
        for (number, random) in numbers.iter_mut().zip(guests::Random(round)) {
            *number = random;
        }
        numbers.sort_unstable();
        for wanted in guests::Random(round + 100).take(LENGTH) {
            sum = sum.wrapping_add(numbers.partition_point(|&number| number < wanted) as u64);
        }
    }
    guests::finish(sum)
}
