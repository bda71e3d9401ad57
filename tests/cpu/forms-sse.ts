/** Forms of MMX and SSE instructions, in the notation of `forms.ts`. SDM volume 2, chapters 3-6. */
export const MMX = `
paddb | 0f fc /r | - mmx feature:mmx
`;
export const SSE = `
addps | 0f 58 /r | - sse aligned feature:sse
addss | f3 0f 58 /r | - sse feature:sse
`;
