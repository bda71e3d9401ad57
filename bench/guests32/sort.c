/* Heapsort on random numbers, then binary searches: compares and branches that no one foresees. */
#include "guest.h"

#define LENGTH (1u << 18)
#define ROUNDS 3

static uint32_t numbers[LENGTH];

static void sink(uint32_t root, uint32_t end) {
    uint32_t value = numbers[root];
    for (uint32_t child; (child = 2 * root + 1) < end; root = child) {
        if (child + 1 < end && numbers[child] < numbers[child + 1]) child++;
        if (value >= numbers[child]) break;
        numbers[root] = numbers[child];
    }
    numbers[root] = value;
}

static uint32_t place_of(uint32_t wanted) {
    uint32_t low = 0, high = LENGTH;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (numbers[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    return low;
}

void guest_main(void) {
    uint32_t sum = 0;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        uint32_t random = round;
        for (uint32_t i = 0; i < LENGTH; i++) numbers[i] = next_random(&random);
        for (uint32_t root = LENGTH / 2; root-- > 0;) sink(root, LENGTH);
        for (uint32_t end = LENGTH - 1; end > 0; end--) {
            uint32_t last = numbers[end];
            numbers[end] = numbers[0];
            numbers[0] = last;
            sink(0, end);
        }
        random = round + 100;
        for (uint32_t i = 0; i < LENGTH; i++) sum += place_of(next_random(&random));
    }
    finish(sum);
}
