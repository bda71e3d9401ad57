import { testGuest } from './support/guest.ts';

const withoutException = (line: string) => line.replace(/ vector=.*/, ' no exception');

testGuest('sse', {
  differences: [
    {
      manual: /: (emms|mmx and xmm) vector=/,
      qemu: withoutException,
      because: 'Intel SDM volume 3, table 12-1, and volume 2, EMMS and MOVQ2DQ: #UD and #NM as for all MMX and SSE',
    },
    {
      manual: /^em and ts: (sse|sse2 from memory|mmx) vector=6/,
      qemu: (line) => line.replace('vector=6', 'vector=7'),
      because: 'Intel SDM volume 3, tables 12-1 and 13-1: with CR0.EM it is #UD, whatever CR0.TS is',
    },
    {
      manual: /^reserved bit vector=d/,
      qemu: withoutException,
      because: 'Intel SDM volume 2, LDMXCSR: #GP for an attempt to set reserved bits',
    },
    { manual: /^and after it 1f80$/, qemu: () => 'and after it 10000', because: 'it has not been loaded' },
    {
      manual: /^(division by zero|without osxmmexcpt) vector=/,
      qemu: withoutException,
      because:
        'Intel SDM volume 1, section 11.5.1: #XM, or #UD without CR4.OSXMMEXCPT, and the destination is unchanged',
    },
    { manual: /^dividend 3ff0/, qemu: () => 'dividend 7ff0000000000000', because: 'the quotient was not written' },
    {
      manual: /^(mxcsr of that 1d84|masked 1f84)$/,
      qemu: (line) => line.replace(/4$/, '0'),
      because: 'Intel SDM volume 1, section 10.2.3.1: each division by zero sets ZE, that of infinity does not',
    },
    {
      manual: /^pending: (mmx|emms) vector=10/,
      qemu: withoutException,
      because: 'Intel SDM volume 3, section 12.5: #MF for a pending x87 exception before an MMX instruction',
    },
    {
      manual: /^load into nothing vector=e/,
      qemu: (line) => line.replace('flags=2 ', 'flags=82 '),
      because: 'flags are left over from the lines before',
    },
    {
      manual: /^nothing stored 23456789abcdef00$/,
      qemu: () => 'nothing stored 23fedcba98765432',
      because: 'Intel SDM volume 3, section 6.6: a faulting instruction has not been executed',
    },
  ],
  lines: ['convert vector=7 rip=0 cs=8 ss=10 flags=10082 rsp=0', 'convert no exception', 'before 1', 'after 2'],
});
