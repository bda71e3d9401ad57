/** The programs from outside npm that the tests use: where they are, and Debian's packages that bring them. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

export interface Tool {
  /** What is skipped where the tool is absent. */
  serves: string;
  /** All of these have to exist: command names looked up on PATH, or absolute paths. */
  needs: readonly string[];
  /** Debian's packages. */
  packages: readonly string[];
}

/** Debian puts both firmware images there; other systems' packages may too. */
export const GRUB_BIOS = '/usr/lib/grub/i386-pc';
export const GRUB_EFI = '/usr/lib/grub/x86_64-efi';
export const OVMF = '/usr/share/ovmf/OVMF.fd';

export const BOCHS_BIOS = '/usr/share/bochs/BIOS-bochs-latest';
export const BOCHS_VGA_BIOS = '/usr/share/vgabios/vgabios.bin';

export const TOOLS = {
  qemu: {
    serves: 'kernels under QEMU',
    needs: ['qemu-system-x86_64'],
    packages: ['qemu-system-x86'],
  },
  grub: {
    serves: 'kernels through GRUB',
    needs: [
      'grub-mkimage',
      `${GRUB_BIOS}/boot_hybrid.img`,
      `${GRUB_EFI}/multiboot2.mod`,
      'xorriso',
      'mformat',
      'mcopy',
    ],
    packages: ['grub-common', 'grub-pc-bin', 'grub-efi-amd64-bin', 'xorriso', 'mtools'],
  },
  fat: {
    serves: 'FAT volumes by other programs',
    needs: ['mkfs.fat', 'fsck.fat', 'mcopy', 'mdir'],
    packages: ['dosfstools', 'mtools'],
  },
  ovmf: { serves: 'kernels under UEFI', needs: [OVMF], packages: ['ovmf'] },
  bochs: {
    serves: 'kernels in Bochs',
    needs: ['bochs', BOCHS_BIOS, BOCHS_VGA_BIOS],
    packages: ['bochs', 'bochs-term', 'bochsbios', 'vgabios'],
  },
  gdb: { serves: 'kernels under QEMU with a stack pointer of our choice', needs: ['gdb'], packages: ['gdb'] },
  iasl: { serves: 'ACPI tables by the disassembler of ACPICA', needs: ['iasl'], packages: ['acpica-tools'] },
  unzip: { serves: 'source.zip read by another program', needs: ['unzip'], packages: ['unzip'] },
  gcc: { serves: 'instructions on the host processor', needs: ['gcc'], packages: ['gcc', 'libc6-dev'] },
  binutils: {
    serves: 'the decoder beside objdump',
    needs: ['as', 'ld', 'objdump', 'objcopy'],
    packages: ['binutils'],
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** The path of an executable, as a shell would find it, or `null`. An absolute path need only exist. */
export function findCommand(command: string): string | null {
  if (command.startsWith('/')) return existsSync(command) ? command : null;
  // Debian keeps some administrators' programs off a user's PATH.
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}

/** The parts of a tool that are not on this machine: empty where it can be used. */
export function missingParts(name: ToolName): string[] {
  return TOOLS[name].needs.filter((need) => findCommand(need) === null);
}

/** The browser for Playwright: its own download, else the system's. */
export function findBrowser(): string | null {
  const own = chromium.executablePath();
  if (own && existsSync(own)) return own;
  return findCommand('chromium') ?? findCommand('chromium-browser') ?? findCommand('google-chrome');
}
