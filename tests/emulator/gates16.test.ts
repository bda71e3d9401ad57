import { testGuest } from './support/guest.ts';

testGuest('gates16', {
  inBochs: true,
  // Frames are given from the stack pointer on: EIP, CS, FLAGS; SP, SS; then of virtual-8086 mode ES, DS, FS, GS.
  lines: [
    'there and back vector=80 eip=9 cs=8b flags=3202 ss=93 esp=800',
    'call and back, around the end vector=80 eip=10 cs=8b flags=3202 ss=93 esp=4',
    'v86 interrupt gate flags=3006 cs=18 ss=10 ds=0 es=0 fs=0 frame=12 2 6000 3202 1000 6400 6100 6000 6200 6300',
    'v86 trap gate flags=3206 cs=18 ss=10 ds=0 es=0 fs=0 frame=12 2 6000 3202 1000 6400 6100 6000 6200 6300',
    'v86 gp flags=2 cs=18 ss=10 ds=0 es=0 fs=0 frame=14 0 0 6000 202 1000 6400 6100 6000 6200 6300',
    'v86 timer flags=6 cs=18 ss=10 ds=0 es=0 fs=0 frame=12 0 6000 202 1000 6400 6100 6000 6200 6300',
    'v86 interrupt gate, tss16 flags=3006 cs=18 ss=80 ds=0 es=0 fs=0 frame=12 2 6000 3202 1000 6400 6100 6000 6200 6300',
  ],
  bochsDifferences: [
    {
      manual: /^call, parameters around the end /,
      qemu: 'call, parameters around the end vector=c error=0 eip=9 cs=8b flags=13202 ss=93 esp=fffe',
      because: 'Intel SDM volume 1, section 6.2.3: a stack pointer of 16 bits wraps around; QEMU agrees',
    },
    {
      manual: /^call and back, around the end /,
      qemu: 'call and back, around the end vector=c error=0 eip=9 cs=8b flags=13202 ss=93 esp=fffe',
      because: 'likewise',
    },
  ],
});

testGuest('gates16-limits', {
  inBochs: true,
  withoutQemu:
    'TCG looks at no limits, lets virtual-8086 mode be left for level 1, and takes 32 bits of offset from a 16-bit gate',
  lines: [
    'room for five words vector=80 eip=24 cs=51 flags=3002 ss=71 esp=0',
    'room for less vector=c error=70 eip=0 cs=23 flags=13202 ss=2b esp=a00800',
    'call, room for six words vector=80 eip=24 cs=51 flags=3202 ss=71 esp=0',
    'call, room for less vector=c error=70 eip=9 cs=8b flags=13202 ss=93 esp=7fa',
    'call, beyond the limit flags=3012 cs=18 ss=10 ds=2b es=2b fs=0 frame=c 0 9 8b 3202 7fa 93',
    'v86 to level 1 flags=3002 cs=18 ss=10 ds=0 es=0 fs=0 frame=14 50 0 6000 3002 1000 6400 6100 6000 6200 6300',
  ],
});
