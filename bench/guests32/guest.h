/* What every 32-bit guest of the benchmark shares: pseudo-random numbers, and the way out with a result. */
#include <stddef.h>
#include <stdint.h>

/* xorshift32, the same on every machine. */
static inline uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void out32(uint16_t port, uint32_t value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }

/* Prints the result on COM1, so that two machines can be held against each other, and ends the run. */
static inline _Noreturn void finish(uint32_t result) {
    for (int shift = 28; shift >= 0; shift -= 4) out8(0x3f8, "0123456789abcdef"[result >> shift & 15]);
    out8(0x3f8, '\n');
    out32(0xf4, 0);
    for (;;) __asm__ volatile("cli; hlt");
}
