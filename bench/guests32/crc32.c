/* CRC-32 (IEEE 802.3) by a table: a load that depends on the one before it, for every byte. */
#include "guest.h"

#define SIZE (1u << 20)
#define ROUNDS 96

static uint32_t table[256];
static uint8_t data[SIZE];

void guest_main(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (0xedb88320 & -(value & 1));
        table[byte] = value;
    }
    uint32_t random = 1;
    for (uint32_t i = 0; i < SIZE; i++) data[i] = next_random(&random);
    uint32_t crc = ~0u;
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < SIZE; i++) crc = crc >> 8 ^ table[(uint8_t)crc ^ data[i]];
    finish(~crc);
}
