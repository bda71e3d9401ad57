import { testGuest } from './support/guest.ts';

const MAY_FORGET = 'Intel SDM volume 3, section 4.10.4: a processor may forget translations at any time';

testGuest('memory-rights', {
  inBochs: true,
  bochsModel: 'corei7_icelake_u',
  withoutQemu: 'TCG 7.2 has no PCIDs, and its global pages do not outlive a write to CR3',
  lines: [
    'leaf 7 ebx 100481',
    'read with smap vector=e error=1 rip=0 cs=8 ss=10 flags=10002 rsp=0 cr2=40000000',
    'with ac c3',
    'sgdt, umip vector=d error=0 rip=0 cs=33 ss=2b flags=10202 rsp=0',
    'global, cr3 written 44444444',
    'global, invlpg 55555555',
    'pcid 0 kept 44444444',
    'pcid 0 forgotten 55555555',
    'pcid 0, invpcid of the page 44444444',
  ],
  bochsDifferences: [
    { manual: 'pcid 0 kept 44444444', qemu: 'pcid 0 kept 55555555', because: MAY_FORGET },
    { manual: 'pcid 0, invpcid of 1 55555555', qemu: 'pcid 0, invpcid of 1 44444444', because: MAY_FORGET },
  ],
});
