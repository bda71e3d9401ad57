/*
 * Floating-point operations on the host's own processor. Reads requests from standard input until it ends, writes an answer
 * for each.
 *
 * Request: u32 operation, u32 control (MXCSR for SSE, FCW for the x87), a[16], b[16]. Answer: result[16], u32 status (MXCSR,
 * or FSW), u32 EFLAGS. The x87 gets a in ST(0) and b in ST(1); its result is the register that FNSAVE finds on top, so that
 * unmasked exceptions do not trap.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct request {
  uint32_t operation, control;
  uint8_t a[16], b[16];
};
struct answer {
  uint8_t result[16];
  uint32_t status, eflags;
};
struct fnsave {
  uint32_t control, status, tag, environment[4];
  uint8_t st[80];
};

#define SSE(instruction)                                                                                      \
  __asm__ volatile("movups %2, %%xmm0; movups %3, %%xmm1; ldmxcsr %4; " instruction                           \
                   "; pushfq; popq %%rcx; mov %%ecx, %1; stmxcsr %5; ldmxcsr %6; movups %%xmm0, %0"            \
                   : "=m"(out->result), "=m"(out->eflags)                                                     \
                   : "m"(in->a), "m"(in->b), "m"(in->control), "m"(out->status), "m"(calm)                    \
                   : "xmm0", "xmm1", "rax", "rcx", "memory", "cc")
#define X87(load, instruction)                                                                                \
  __asm__ volatile("fninit; " load "; fnclex; fldcw %4; " instruction                                         \
                   "; pushfq; popq %%rcx; mov %%ecx, %1; fnsave %0; fninit"                                   \
                   : "=m"(save), "=m"(out->eflags)                                                            \
                   : "m"(in->a), "m"(in->b), "m"(in->control), "m"(stored)                                    \
                   : "rcx", "memory", "cc");                                                                  \
  memcpy(out->result, save.st, 10);                                                                           \
  out->status = save.status & 0xffff
#define BOTH "fldt %3; fldt %2"
#define ONE "fldt %2"
#define STORED memcpy(out->result, stored, 16)

static void run(const struct request *in, struct answer *out) {
  static const uint32_t calm = 0x1f80;
  struct fnsave save;
  uint8_t stored[16] = {0};
  switch (in->operation) {
    case 0: SSE("addss %%xmm1, %%xmm0"); break;
    case 1: SSE("subss %%xmm1, %%xmm0"); break;
    case 2: SSE("mulss %%xmm1, %%xmm0"); break;
    case 3: SSE("divss %%xmm1, %%xmm0"); break;
    case 4: SSE("sqrtss %%xmm0, %%xmm0"); break;
    case 5: SSE("minss %%xmm1, %%xmm0"); break;
    case 6: SSE("maxss %%xmm1, %%xmm0"); break;
    case 7: SSE("comiss %%xmm1, %%xmm0"); break;
    case 8: SSE("ucomiss %%xmm1, %%xmm0"); break;
    case 9: SSE("cvtss2sd %%xmm0, %%xmm0"); break;
    case 10: SSE("cvtss2si %%xmm0, %%rax; movq %%rax, %%xmm0"); break;
    case 11: SSE("cvttss2si %%xmm0, %%eax; movq %%rax, %%xmm0"); break;
    case 12: SSE("movq %%xmm0, %%rax; cvtsi2ss %%rax, %%xmm0"); break;
    case 20: SSE("addsd %%xmm1, %%xmm0"); break;
    case 21: SSE("subsd %%xmm1, %%xmm0"); break;
    case 22: SSE("mulsd %%xmm1, %%xmm0"); break;
    case 23: SSE("divsd %%xmm1, %%xmm0"); break;
    case 24: SSE("sqrtsd %%xmm0, %%xmm0"); break;
    case 25: SSE("minsd %%xmm1, %%xmm0"); break;
    case 26: SSE("maxsd %%xmm1, %%xmm0"); break;
    case 27: SSE("comisd %%xmm1, %%xmm0"); break;
    case 28: SSE("ucomisd %%xmm1, %%xmm0"); break;
    case 29: SSE("cvtsd2ss %%xmm0, %%xmm0"); break;
    case 30: SSE("cvtsd2si %%xmm0, %%rax; movq %%rax, %%xmm0"); break;
    case 31: SSE("cvttsd2si %%xmm0, %%eax; movq %%rax, %%xmm0"); break;
    case 32: SSE("movq %%xmm0, %%rax; cvtsi2sd %%rax, %%xmm0"); break;
    case 40: X87(BOTH, "fadd %%st(1)"); break;
    case 41: X87(BOTH, "fsub %%st(1)"); break;
    case 42: X87(BOTH, "fmul %%st(1)"); break;
    case 43: X87(BOTH, "fdiv %%st(1)"); break;
    case 44: X87(ONE, "fsqrt"); break;
    case 47: X87(BOTH, "fcomi %%st(1)"); break;
    case 48: X87(BOTH, "fucomi %%st(1)"); break;
    case 50: X87(ONE, "frndint"); break;
    case 51: X87(BOTH, "fprem"); break;
    case 52: X87(BOTH, "fprem1"); break;
    case 53: X87("", "flds %2"); break;
    case 54: X87("", "fldl %2"); break;
    case 55: X87("", "fildll %2"); break;
    case 56: X87(ONE, "fsts %5"); STORED; break;
    case 57: X87(ONE, "fstl %5"); STORED; break;
    case 58: X87(ONE, "fistps %5"); STORED; break;
    case 59: X87(ONE, "fistpl %5"); STORED; break;
    case 60: X87(ONE, "fistpll %5"); STORED; break;
  }
}

int main(void) {
  struct request in;
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    struct answer out;
    memset(&out, 0, sizeof out);
    run(&in, &out);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
