import { gprName } from '../../src/emulator/isa/register-names.ts';

/**
 * What is made equal before our disassembly is compared with that of GNU objdump 2.40 (`-M intel,intel64`). Each rule
 * has its reason; whatever is not named here must agree to the letter.
 */

/** Prefixes that objdump prints in front, whether they change something or not. */
const PREFIX =
  /^(data16|data32|addr16|addr32|[csdefg]s|rex(?:\.[WRXB]+)?|bnd|notrack|xacquire|xrelease|lock|repn?z|rep)(?: |$)/;
const STRING = /^(?:movs|cmps|stos|lods|scas|ins|outs) /;
const SHIFT_BY_ONE = /^((?:rol|ror|rcl|rcr|shl|shr|sar) .*),1$/;
const WIDTHS: Readonly<Record<string, string>> = { al: 'BYTE', ax: 'WORD', eax: 'DWORD', rax: 'QWORD' };

interface Split {
  prefixes: string[];
  rest: string;
}

function splitPrefixes(text: string): Split {
  const prefixes: string[] = [];
  let rest = text;
  for (let match = PREFIX.exec(rest); match; match = PREFIX.exec(rest)) {
    prefixes.push(match[1]!);
    rest = rest.slice(match[0].length);
  }
  return { prefixes, rest };
}

/** A REX prefix that is not right before the opcode is dead; objdump gives it a line of its own. */
export function isPrefixesAlone(text: string): boolean {
  return splitPrefixes(text.replace(/\s+/g, ' ').trim()).rest === '';
}

/** Our text without the comment that resolves an address relative to rip. */
export function normaliseOurs(text: string): string {
  return text.replace(/ # .*$/, '');
}

export function normaliseTheirs(raw: string): string {
  const text = raw
    .replace(/\s+/g, ' ')
    // Comments and symbol names.
    .replace(/ #.*$/, '')
    .replace(/ <[^>]*>$/, '')
    .trim();
  const { prefixes, rest } = splitPrefixes(text);
  // Of the prefixes, lock and the repetition of a string instruction say what the rest does not.
  const lock = prefixes.includes('lock') ? 'lock ' : '';
  const repeat = STRING.test(rest) ? prefixes.findLast((p) => p.startsWith('rep')) : undefined;
  return lock + (repeat === undefined ? '' : `${repeat} `) + normaliseInstruction(rest);
}

function normaliseInstruction(text: string): string {
  return (
    text
      // Branch hints of 2E and 3E.
      .replace(/^(j\w+|loop\w*),p[nt] /, '$1 ')
      // A displacement of zero is encoded or not; so is an index that is none.
      .replace(/\[[re]iz\*[1248]([+-])0x([0-9a-f]+)\]/, (match, sign, hex) => absolute(match, sign, hex))
      .replace(/((?:[cdefgs]s:)?)ds:(0x)/, (_, override, number) => `${override || 'ds:'}${number}`)
      .replace(/\+[re]iz\*[1248]/, '')
      .replace(/([+-])0x0\]/, ']')
      // The displacement from rip is signed, as that from every other register.
      .replace(/\[(rip|eip)\+0x([0-9a-f]+)\]/, (_, ip, hex) => {
        const value = BigInt.asIntN(ip === 'rip' ? 64 : 32, BigInt(`0x${hex}`));
        return `[${ip}${value < 0n ? '-' : '+'}0x${(value < 0n ? -value : value).toString(16)}]`;
      })
      // In an ELF file, branch targets stand without 0x.
      .replace(/^(j\w+|call|loop\w*|xbegin) ([0-9a-f]+)$/, '$1 0x$2')
      // The two forms of mov with an address in the instruction, and with a 64-bit immediate, are movs like others.
      .replace(/^movabs /, 'mov ')
      .replace(/^mov (al|ax|eax|rax),(\ws:0x)/, (_, register, address) => {
        return `mov ${register},${WIDTHS[register]} PTR ${address}`;
      })
      .replace(/^mov (\ws:0x[0-9a-f]+),(al|ax|eax|rax)$/, (_, address, register) => {
        return `mov ${WIDTHS[register]} PTR ${address},${register}`;
      })
      // An immediate count of 1 and the form that implies it are one operand to us.
      .replace(SHIFT_BY_ONE, '$1,0x1')
      // The size of a near jump is told by its target (and only for some encodings by objdump).
      .replace(/^jmp[wd] /, 'jmp ')
      // The top of the x87 stack has one name; instructions of older coprocessors have no remark.
      .replaceAll('st(0)', 'st')
      .replace(/\((?:8087|287) only\)/, '')
  );
}

/** `[riz*4-0x10]`, no base and no index, is an absolute address. */
function absolute(match: string, sign: string, hex: string): string {
  const value = BigInt(`0x${hex}`);
  const bits = match[1] === 'r' ? 64 : 32;
  return `ds:0x${BigInt.asUintN(bits, sign === '-' ? -value : value).toString(16)}`;
}

/** Our text with another width of the last operand, a register. */
export function withLastRegister(text: string, index: number, width: number): string {
  return text.replace(/,\w+$/, `,${gprName(index, width)}`);
}
