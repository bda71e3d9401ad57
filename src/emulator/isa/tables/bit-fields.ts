import type { Row } from './row.ts';

/** Bit manipulation, BMI1 and BMI2 (Intel SDM vol. 2, chapters 3 to 5), and additions with one carry flag (ADX). */
export const BIT_FIELDS: readonly Row[] = [
  ['VEX.LZ.NP 0F 38 F2', 'andn', 'Gy,By,Ey'],
  ['VEX.LZ.NP 0F 38 F3 /1', 'blsr', 'By,Ey'],
  ['VEX.LZ.NP 0F 38 F3 /2', 'blsmsk', 'By,Ey'],
  ['VEX.LZ.NP 0F 38 F3 /3', 'blsi', 'By,Ey'],
  ['VEX.LZ.NP 0F 38 F5', 'bzhi', 'Gy,Ey,By'],
  ['VEX.LZ.F2 0F 38 F5', 'pdep', 'Gy,By,Ey'],
  ['VEX.LZ.F3 0F 38 F5', 'pext', 'Gy,By,Ey'],
  ['VEX.LZ.F2 0F 38 F6', 'mulx', 'Gy,By,Ey'],
  ['VEX.LZ.NP 0F 38 F7', 'bextr', 'Gy,Ey,By'],
  ['VEX.LZ.66 0F 38 F7', 'shlx', 'Gy,Ey,By'],
  ['VEX.LZ.F3 0F 38 F7', 'sarx', 'Gy,Ey,By'],
  ['VEX.LZ.F2 0F 38 F7', 'shrx', 'Gy,Ey,By'],
  ['VEX.LZ.F2 0F 3A F0', 'rorx', 'Gy,Ey,Ib'],

  ['66 0F 38 F6', 'adcx', 'Gy,Ey'],
  ['F3 0F 38 F6', 'adox', 'Gy,Ey'],
];
