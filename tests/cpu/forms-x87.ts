/** Forms of x87 instructions, in the notation of `forms.ts`. SDM volume 2, chapter 3. */
export const X87 = `
fadd | d8 /0 | - mem x87 feature:fpu
fadd | d8 c0 +r | - x87 feature:fpu
`;
