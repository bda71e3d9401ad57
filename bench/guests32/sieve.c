/* The sieve of Eratosthenes: byte stores with a stride, then a scan. */
#include "guest.h"

#define LIMIT (1u << 22)
#define ROUNDS 8

static uint8_t composite[LIMIT];

void guest_main(void) {
    uint32_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < LIMIT; i++) composite[i] = 0;
        for (uint32_t factor = 2; factor * factor < LIMIT; factor++)
            if (!composite[factor])
                for (uint32_t multiple = factor * factor; multiple < LIMIT; multiple += factor) composite[multiple] = 1;
        for (uint32_t i = 2; i < LIMIT; i++) sum += !composite[i];
    }
    finish(sum);
}
