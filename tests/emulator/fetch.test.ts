import { testGuest } from './support/guest.ts';

testGuest('fetch', {
  lines: [
    'second page missing vector=e error=10 rip=40000ffd cs=8 ss=10 flags=10006 rsp=fffffffffffffff8 cr2=40001000',
    'second page moved 66552211',
    'second page back 44332211',
  ],
  differences: [
    {
      manual: /^non-canonical across /,
      qemu: (line) => line.replace('vector=d error=0', 'vector=e error=0').concat(' cr2=7ffffffffffc'),
      because:
        'Intel SDM volume 1, section 3.3.7.1: an access to an address that is not canonical is #GP, before paging',
    },
    {
      manual: /^(non-canonical (rbp|pop|push)|call on a non-canonical stack) /,
      qemu: (line) => line.replace('vector=c', 'vector=d'),
      because: 'Intel SDM volume 1, section 3.3.7.1: #SS for an access through rSP or rBP',
    },
    {
      manual: /^non-canonical (jump|jump through memory|call|ret) /,
      qemu: (line) =>
        line
          .replace('rip=0', 'rip=800000000000')
          .replace(/rsp=\w+/, line.includes(' call ') ? 'rsp=fffffffffffffff8' : 'rsp=0'),
      because: 'Intel SDM volume 2, JMP, CALL, RET: #GP(0) of the transfer itself if the target is not canonical',
    },
  ],
});
