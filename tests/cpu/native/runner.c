/*
 * Runs instructions on the host's own processor, in user mode, and says what they did.
 *
 * Reads cases from standard input until it ends and writes a result for each to standard output. A case is
 * entered with IRET, which loads RIP, CS, RFLAGS, RSP and SS at once and serializes, and ends in a signal: the code
 * pages are filled with INT3. The state is then what the kernel saved in the signal frame.
 *
 * Addresses and sizes are given on the compiler's command line, from layout.ts.
 *
 * Case:   u32 rip (linear), u8 mode (64, 32, 16), u8 code length, u8 patches, u8 fpu, u8 code[56], u64 gpr[16],
 *         u64 rflags, then with fpu = 1 the x87 and SSE state as FXSAVE64 writes it (512 bytes), then the patches of
 *         { u32 address, u32 length, data, filled up to a multiple of 8 bytes }.
 * Result: u8 signal (0: timed out), u8 trap number, u16 changes, u32 error code, u64 rip, u64 gpr[16], u64 rflags,
 *         u64 cr2, u16 es, cs, ss, ds, fs, gs, u32 fpu, then with fpu = 1 again 512 bytes of state, then per changed 8
 *         bytes of memory { u64 address, u64 value }.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 0x1000
#define SIGNAL_STACK 0x20000
#define HWCAP2_FSGSBASE_BIT 2

struct patch {
  uint32_t address, length;
  uint8_t data[];
};
struct test_case {
  uint32_t rip;
  uint8_t mode, length, patches, fpu;
  uint8_t code[MAX_CODE];
  uint64_t gpr[16];
  uint64_t rflags;
};
struct result {
  uint8_t signal, trap;
  uint16_t changes;
  uint32_t error;
  uint64_t rip, gpr[16], rflags, cr2;
  uint16_t selector[6];
  uint32_t fpu;
};
struct change {
  uint64_t address, value;
};
_Static_assert(sizeof(struct test_case) == CASE_BYTES, "layout.ts: CASE_BYTES");
_Static_assert(sizeof(struct result) == RESULT_BYTES, "layout.ts: RESULT_BYTES");

/* In the order in which enter_case pops them; then the frame of IRETQ. */
struct entry {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
  uint64_t rip, cs, rflags, rsp, ss;
};

/* A range of writable pages, with the contents to which each case returns. */
struct area {
  uint64_t start, size;
  uint64_t *pristine;
};
static struct area areas[] = {{DATA, DATA_SIZE, NULL}, {LOW, PAGE, NULL}};
/* Without the last one where the system keeps addresses below 64 KiB unmapped (vm.mmap_min_addr). */
static size_t area_count = 2;

/* A case as it stands in the input: what follows its fixed part, and how long it is altogether. */
struct parts {
  const struct test_case *head;
  const uint8_t *fpu; /* or NULL */
  const struct patch *patch[MAX_PATCHES];
  size_t size;
};

static struct entry entry;
static struct result result;
static uint8_t fpu_after[FPU_BYTES];
static uint8_t *code_alias; /* the code pages once more, writable */
static int fsgsbase;
static uint64_t runner_fs;
static volatile int inside;
static volatile uint64_t cases_done;
static uint64_t cases_at_last_tick;
/* Used by the assembly below. */
uint64_t runner_rsp;
uint32_t loads_fpu;
uint8_t fpu_before[FPU_BYTES] __attribute__((aligned(16)));

void enter_case(struct entry *entry);
void leave_case(void) __attribute__((noreturn));
void signal_entry(int number, siginfo_t *info, void *context);

__asm__(
  ".text\n"
  "enter_case:\n"
  "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
  "  mov %rsp, runner_rsp(%rip)\n"
  "  cmpl $0, loads_fpu(%rip)\n"
  "  je 1f\n"
  "  fxrstor64 fpu_before(%rip)\n"
  "1:\n"
  "  mov %rdi, %rsp\n"
  "  pop %r15; pop %r14; pop %r13; pop %r12; pop %r11; pop %r10; pop %r9; pop %r8\n"
  "  pop %rdi; pop %rsi; pop %rbp; pop %rbx; pop %rdx; pop %rcx; pop %rax\n"
  "  iretq\n"
  "leave_case:\n"
  "  mov runner_rsp(%rip), %rsp\n"
  "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
  "  ret\n"
  /* The case may have left AC, NT or TF behind: the C code must not meet them. */
  "signal_entry:\n"
  "  push $2\n"
  "  popfq\n"
  "  jmp on_signal\n");

static void die(const char *what) {
  fprintf(stderr, "runner: %s: %s\n", what, strerror(errno));
  exit(2);
}

static void die_in_handler(const char *message, size_t length) {
  syscall(SYS_write, 2, message, length);
  syscall(SYS_exit_group, 3);
}

/*
 * The frame has an XSAVE area, whose first 512 bytes are FXSAVE's. Linux writes both components always, and says so in
 * XSTATE_BV, after those 512 bytes. Linux puts the processor's own x87 and SSE state back to its initial value.
 */
static void take_fpu(const uint8_t *frame) {
  static const char message[] = "runner: x87 or SSE state is missing in the signal frame\n";
  uint64_t present;
  __builtin_memcpy(&present, frame + FPU_BYTES, sizeof present);
  if ((present & 3) != 3) die_in_handler(message, sizeof message - 1);
  for (size_t i = 0; i < FPU_BYTES; i++) fpu_after[i] = frame[i];
}

/* Runs on the signal stack, with FS as the case left it: no library call that needs thread-local storage. */
__attribute__((used)) static void on_signal(int number, siginfo_t *info, void *context) {
  (void)info;
  if (number == SIGALRM) {
    if (!inside || cases_at_last_tick != cases_done) {
      cases_at_last_tick = cases_done;
      return;
    }
    number = 0;
  }
  if (!inside) {
    static const char message[] = "runner: a fault outside any case\n";
    die_in_handler(message, sizeof message - 1);
  }
  inside = 0;
  const greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  result.signal = (uint8_t)number;
  result.trap = (uint8_t)g[REG_TRAPNO];
  result.error = (uint32_t)g[REG_ERR];
  result.rip = (uint64_t)g[REG_RIP];
  for (int i = 0; i < 16; i++) result.gpr[i] = (uint64_t)g[order[i]];
  result.rflags = (uint64_t)g[REG_EFL];
  result.cr2 = (uint64_t)g[REG_CR2];
  uint16_t es, ds, fs, gs;
  __asm__ volatile("mov %%es, %0; mov %%ds, %1; mov %%fs, %2; mov %%gs, %3" : "=r"(es), "=r"(ds), "=r"(fs), "=r"(gs));
  result.selector[0] = es;
  result.selector[1] = (uint16_t)g[REG_CSGSFS];
  result.selector[2] = (uint16_t)((uint64_t)g[REG_CSGSFS] >> 48);
  result.selector[3] = ds;
  result.selector[4] = fs;
  result.selector[5] = gs;
  if (result.fpu) take_fpu((const uint8_t *)((ucontext_t *)context)->uc_mcontext.fpregs);
  leave_case();
}

static void set_bases(uint64_t fs, uint64_t gs) {
  if (fsgsbase) {
    __asm__ volatile("wrfsbase %0; wrgsbase %1" ::"r"(fs), "r"(gs));
  } else {
    /* Without FSGSBASE each base costs a system call; FS then stays the runner's own in 64-bit cases. */
    syscall(SYS_arch_prctl, ARCH_SET_GS, gs);
  }
}

static void load_selectors(uint16_t ds, uint16_t fs, uint16_t gs) {
  __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %1, %%fs; mov %2, %%gs" ::"r"(ds), "r"(fs), "r"(gs));
}

/* @return 0 where the input ends within the case. */
static int take_apart(const uint8_t *input, size_t size, struct parts *parts) {
  const struct test_case *c = (const struct test_case *)input;
  size_t used = sizeof *c;
  if (size < used || c->patches > MAX_PATCHES) return 0;
  parts->head = c;
  parts->fpu = c->fpu ? input + used : NULL;
  if (c->fpu) used += FPU_BYTES;
  for (int i = 0; i < c->patches; i++) {
    if (used + sizeof(struct patch) > size) return 0;
    parts->patch[i] = (const struct patch *)(input + used);
    used += sizeof(struct patch) + ((parts->patch[i]->length + 7) & ~7u);
  }
  parts->size = used;
  return used <= size;
}

static void run_case(const struct parts *parts) {
  const struct test_case *c = parts->head;
  uint64_t offset = c->rip - CODE;
  size_t length = c->length;
  if (offset + length > CODE_SIZE) length = CODE_SIZE - offset;
  memcpy(code_alias + offset, c->code, length);
  for (int i = 0; i < c->patches; i++)
    memcpy((void *)(uintptr_t)parts->patch[i]->address, parts->patch[i]->data, parts->patch[i]->length);
  loads_fpu = result.fpu = parts->fpu != NULL;
  if (parts->fpu) memcpy(fpu_before, parts->fpu, FPU_BYTES);

  const uint64_t *r = c->gpr;
  entry = (struct entry){r[15], r[14], r[13], r[12], r[11], r[10], r[9], r[8], r[7], r[6],
                         r[5],  r[3],  r[2],  r[1],  r[0],  c->rip, USER_CS, c->rflags, r[4], USER_DS};
  if (c->mode == 64) {
    load_selectors(USER_DS, 0, 0);
    if (fsgsbase)
      set_bases(FS_BASE, GS_BASE);
    else
      syscall(SYS_arch_prctl, ARCH_SET_FS, runner_fs), set_bases(0, GS_BASE);
  } else {
    load_selectors(USER_DS, EXPAND_DOWN, LIMITED);
    entry.cs = c->mode == 32 ? USER32_CS : CODE16;
    if (c->mode == 16) entry.rip = offset;
  }
  inside = 1;
  enter_case(&entry);
  if (fsgsbase)
    __asm__ volatile("wrfsbase %0" ::"r"(runner_fs));
  else
    syscall(SYS_arch_prctl, ARCH_SET_FS, runner_fs);
  cases_done++;
  memset(code_alias + offset, 0xcc, length);
}

/* Appends the memory that the case changed, and puts it back. */
static size_t take_changes(const struct parts *parts, struct change *out) {
  size_t count = 0;
  int patches = parts->head->patches;
  const struct patch *const *patch = parts->patch;
  /* Changes are against the memory the case started with: pristine plus its patches. */
  for (size_t a = 0; a < area_count; a++) {
    uint64_t *memory = (uint64_t *)areas[a].start;
    int patched = 0;
    for (int i = 0; i < patches; i++)
      if (patch[i]->address - areas[a].start < areas[a].size) patched = 1;
    if (!patched && memcmp(memory, areas[a].pristine, areas[a].size) == 0) continue;
    static uint64_t expected[DATA_SIZE / 8];
    memcpy(expected, areas[a].pristine, areas[a].size);
    for (int i = 0; i < patches; i++)
      if (patch[i]->address - areas[a].start < areas[a].size)
        memcpy((uint8_t *)expected + (patch[i]->address - areas[a].start), patch[i]->data, patch[i]->length);
    for (size_t i = 0; i < areas[a].size / 8; i++)
      if (memory[i] != expected[i]) out[count++] = (struct change){areas[a].start + i * 8, memory[i]};
    memcpy(memory, areas[a].pristine, areas[a].size);
  }
  return count;
}

/* The formula of pristineWord in layout.ts. */
static uint32_t pristine_word(uint32_t address) {
  uint32_t x = address ^ 0x9e3779b9u;
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

static void *map(uint64_t address, size_t size, int protection, int file) {
  int flags = (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | (address ? MAP_FIXED_NOREPLACE : 0);
  void *p = mmap((void *)address, size, protection, flags, file, 0);
  if (p == MAP_FAILED || (address && p != (void *)address)) die("mmap");
  return p;
}

static void fill(uint64_t start, size_t size) {
  for (size_t i = 0; i < size; i += 4) *(uint32_t *)(start + i) = pristine_word((uint32_t)(start + i));
}

static void set_descriptor(unsigned index, unsigned base, unsigned limit, unsigned contents, unsigned big, unsigned read_only,
                           unsigned present) {
  struct user_desc d = {.entry_number = index, .base_addr = base, .limit = limit, .contents = contents, .seg_32bit = big,
                        .read_exec_only = read_only, .seg_not_present = !present};
  if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0) die("modify_ldt");
}

static void map_constant(uint64_t start) {
  map(start, PAGE, PROT_READ | PROT_WRITE, -1);
  fill(start, PAGE);
  if (mprotect((void *)start, PAGE, PROT_READ) != 0) die("mprotect");
}

static int low_addresses_allowed(void) {
  void *p = mmap((void *)LOW, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  return p != MAP_FAILED && munmap(p, 2 * PAGE) == 0;
}

static void set_up(void) {
  int file = memfd_create("code", 0);
  if (file < 0 || ftruncate(file, CODE_SIZE) != 0) die("memfd_create");
  code_alias = map(0, CODE_SIZE, PROT_READ | PROT_WRITE, file);
  map(CODE, CODE_SIZE, PROT_READ | PROT_EXEC, file);
  memset(code_alias, 0xcc, CODE_SIZE);
  if (!low_addresses_allowed()) area_count = 1;
  for (size_t a = 0; a < area_count; a++) {
    map(areas[a].start, areas[a].size, PROT_READ | PROT_WRITE, -1);
    fill(areas[a].start, areas[a].size);
    areas[a].pristine = malloc(areas[a].size);
    memcpy(areas[a].pristine, (void *)areas[a].start, areas[a].size);
  }
  map_constant(READ_ONLY);
  if (area_count == 2) map_constant(LOW_READ_ONLY);
  LOCAL_DESCRIPTORS

  fsgsbase = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT) != 0;
  if (syscall(SYS_arch_prctl, ARCH_GET_FS, &runner_fs) != 0) die("arch_prctl");

  stack_t stack = {.ss_sp = map(0, SIGNAL_STACK, PROT_READ | PROT_WRITE, -1), .ss_size = SIGNAL_STACK};
  if (sigaltstack(&stack, NULL) != 0) die("sigaltstack");
  /* SA_NODEFER: the handler leaves by a jump, not through sigreturn, so the signal mask must not change. */
  struct sigaction action = {.sa_sigaction = signal_entry, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (sigaction(signals[i], &action, NULL) != 0) die("sigaction");
  struct itimerval second = {{1, 0}, {1, 0}};
  setitimer(ITIMER_REAL, &second, NULL);
}

static void transfer(int descriptor, uint8_t *buffer, size_t size) {
  while (size > 0) {
    ssize_t n = write(descriptor, buffer, size);
    if (n < 0 && errno != EINTR) die("write");
    if (n > 0) buffer += n, size -= (size_t)n;
  }
}

static uint8_t *read_all(size_t *size) {
  size_t capacity = 1 << 20;
  uint8_t *buffer = malloc(capacity);
  *size = 0;
  for (;;) {
    if (*size == capacity) buffer = realloc(buffer, capacity *= 2);
    if (!buffer) die("memory");
    ssize_t n = read(0, buffer + *size, capacity - *size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("read");
    if (n == 0) return buffer;
    *size += (size_t)n;
  }
}

/* With the argument `features`: prints what the generator must know of this host, or fails where cases cannot run. */
static int print_features(void) {
  set_up();
  printf("fsgsbase=%d low=%d\n", fsgsbase, area_count == 2);
  return 0;
}

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "features") == 0) return print_features();
  /* Linux's GDT tells the processor's number in the limit of a segment: let it be 0. */
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  sched_setaffinity(0, sizeof first, &first);
  size_t size;
  uint8_t *input = read_all(&size);
  set_up();
  static uint8_t output[1 << 20];
  size_t used = 0;
  struct parts parts;
  for (size_t at = 0; at < size; at += parts.size) {
    if (!take_apart(input + at, size - at, &parts)) {
      fprintf(stderr, "runner: the input ends within a case\n");
      return 2;
    }
    static struct change changes[(DATA_SIZE + PAGE) / 8];
    run_case(&parts);
    size_t n = take_changes(&parts, changes);
    size_t fpu = result.fpu ? FPU_BYTES : 0;
    result.changes = (uint16_t)n;
    if (used + sizeof result + fpu + n * sizeof changes[0] > sizeof output) transfer(1, output, used), used = 0;
    memcpy(output + used, &result, sizeof result), used += sizeof result;
    memcpy(output + used, fpu_after, fpu), used += fpu;
    memcpy(output + used, changes, n * sizeof changes[0]), used += n * sizeof changes[0];
  }
  transfer(1, output, used);
  return 0;
}
