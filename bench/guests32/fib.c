/* Fibonacci's numbers by recursion: calls and returns. */
#include "guest.h"

#define NUMBER 38

static __attribute__((noinline, noclone)) uint32_t fib(uint32_t n) {
    __asm__ volatile("" : "+r"(n));
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

void guest_main(void) { finish(fib(NUMBER)); }
