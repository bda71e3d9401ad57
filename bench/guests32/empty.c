/* Nothing: what starting and ending takes. */
#include "guest.h"

void guest_main(void) { finish(0); }
