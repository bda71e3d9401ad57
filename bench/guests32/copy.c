/* Copying by words, and by REP MOVSD. */
#include "guest.h"

#define WORDS (1u << 18)
#define ROUNDS 150

static uint32_t from[WORDS], to[WORDS];

void guest_main(void) {
    uint32_t random = 7, sum = 0;
    for (uint32_t i = 0; i < WORDS; i++) from[i] = next_random(&random);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < WORDS; i++) {
            to[i] = from[i];
            __asm__ volatile("" : : : "memory");
        }
        void *source = to, *destination = from;
        uint32_t count = WORDS - 1;
        __asm__ volatile("rep movsl" : "+S"(source), "+D"(destination), "+c"(count) : : "memory");
        from[round] += round;
        sum += to[round * 37 % WORDS];
    }
    finish(sum);
}
