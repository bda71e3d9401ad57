import type { Row } from './row.ts';

/**
 * General-purpose instructions of the 0F, 0F 38 and 0F 3A maps (Intel SDM vol. 2, tables, groups 8, 9
 * and 16 of table A-6). System instructions are in `system.ts`.
 */
export const TWO_BYTE: readonly Row[] = [
  ['0F 0B', 'ud2'],
  ['0F B9', 'ud1', 'Gv,Ev', 'address'],
  ['0F FF', 'ud0', 'Gv,Ev', 'address'],

  // Without the CPUID feature behind them, these hints are no-operations on every processor that has 0F 1F.
  ['0F 0D /0', 'prefetch', 'Mb', 'address'],
  ['0F 0D /1', 'prefetchw', 'Mb', 'address'],
  ['0F 0D /2', 'prefetchwt1', 'Mb', 'address'],
  ['0F 0D', 'nop', 'Ev', 'address'],
  ['0F 18 /0', 'prefetchnta', 'Mb', 'address'],
  ['0F 18 /1', 'prefetcht0', 'Mb', 'address'],
  ['0F 18 /2', 'prefetcht1', 'Mb', 'address'],
  ['0F 18 /3', 'prefetcht2', 'Mb', 'address'],
  ['0F 18', 'nop', 'Ev', 'address'],
  ['0F 19', 'nop', 'Ev', 'address'],
  ['0F 1A', 'nop', 'Ev', 'address'],
  ['0F 1B', 'nop', 'Ev', 'address'],
  ['0F 1C', 'nop', 'Ev', 'address'],
  ['0F 1D', 'nop', 'Ev', 'address'],
  ['F3 0F 1E FA', 'endbr64'],
  ['F3 0F 1E FB', 'endbr32'],
  ['0F 1E', 'nop', 'Ev', 'address'],
  ['0F 1F', 'nop', 'Ev', 'address'],

  ['0F 40+cc', 'cmovcc', 'Gv,Ev'],
  ['0F 80+cc', 'jcc', 'Jz', 'f64'],
  ['0F 90+cc', 'setcc', 'Eb'],

  ['0F A0', 'push', 'FS', 'd64'],
  ['0F A1', 'pop', 'FS', 'd64'],
  ['0F A8', 'push', 'GS', 'd64'],
  ['0F A9', 'pop', 'GS', 'd64'],

  ['0F A3', 'bt', 'Ev,Gv'],
  ['0F AB', 'bts', 'Ev,Gv', 'lock'],
  ['0F B3', 'btr', 'Ev,Gv', 'lock'],
  ['0F BB', 'btc', 'Ev,Gv', 'lock'],
  ['0F BA /4', 'bt', 'Ev,Ib'],
  ['0F BA /5', 'bts', 'Ev,Ib', 'lock'],
  ['0F BA /6', 'btr', 'Ev,Ib', 'lock'],
  ['0F BA /7', 'btc', 'Ev,Ib', 'lock'],
  ['0F A4', 'shld', 'Ev,Gv,Ib'],
  ['0F A5', 'shld', 'Ev,Gv,CL'],
  ['0F AC', 'shrd', 'Ev,Gv,Ib'],
  ['0F AD', 'shrd', 'Ev,Gv,CL'],
  ['0F AF', 'imul', 'Gv,Ev'],
  ['F3 0F B8', 'popcnt', 'Gv,Ev'],
  ['0F BC', 'bsf', 'Gv,Ev'],
  ['F3 0F BC', 'tzcnt', 'Gv,Ev'],
  ['0F BD', 'bsr', 'Gv,Ev'],
  ['F3 0F BD', 'lzcnt', 'Gv,Ev'],

  ['0F B0', 'cmpxchg', 'Eb,Gb', 'lock'],
  ['0F B1', 'cmpxchg', 'Ev,Gv', 'lock'],
  ['0F C0', 'xadd', 'Eb,Gb', 'lock'],
  ['0F C1', 'xadd', 'Ev,Gv', 'lock'],
  ['0F C7 /1', 'cmpxchg8b', 'Mq', 'lock'],
  ['REX.W 0F C7 /1', 'cmpxchg16b', 'Mdq', 'lock'],
  ['0F C8+r', 'bswap', 'Zv'],

  ['0F B2', 'lss', 'Gv,Mp'],
  ['0F B4', 'lfs', 'Gv,Mp'],
  ['0F B5', 'lgs', 'Gv,Mp'],
  ['0F B6', 'movzx', 'Gv,Eb'],
  ['0F B7', 'movzx', 'Gv,Ew'],
  ['0F BE', 'movsx', 'Gv,Eb'],
  ['0F BF', 'movsx', 'Gv,Ew'],
  ['NP 0F C3', 'movnti', 'My,Gy'],

  ['NP 0F C7 /6', 'rdrand', 'Rv'],
  ['66 0F C7 /6', 'rdrand', 'Rv'],
  ['NP 0F C7 /7', 'rdseed', 'Rv'],
  ['66 0F C7 /7', 'rdseed', 'Rv'],

  ['NP 0F 38 F0', 'movbe', 'Gv,Mv'],
  ['66 0F 38 F0', 'movbe', 'Gv,Mv'],
  ['NP 0F 38 F1', 'movbe', 'Mv,Gv'],
  ['66 0F 38 F1', 'movbe', 'Mv,Gv'],
  ['F2 0F 38 F0', 'crc32', 'Gy,Eb'],
  ['F2 0F 38 F1', 'crc32', 'Gy,Ev'],
];
