import { testGuest } from './support/guest.ts';

testGuest('tasks', {
  inBochs: true,
  withoutQemu: 'TCG knows no T flag, and leaves DR7 alone in a task switch',
  lines: [
    'in x, eax aaaa0000',
    'type of main 8b',
    'back, ecx c0c0c0c',
    'dr7 600',
    'jumped, flags 2',
    'dr6 8000',
    'gp vector=d error=fff8 link=38 eip=0 cs=18 ss=10 flags=10046',
    'double fault vector=8 error=0 link=38 eip=0 cs=18 ss=10 flags=10046',
    'too short vector=a error=48 link=38 eip=0 cs=18 ss=10 flags=10046',
    'link available vector=a error=48 link=38 eip=0 cs=18 ss=10 flags=14002',
    'cs not present vector=b error=70 link=48 eip=0 cs=70 ss=10 flags=10002',
    'ss not present vector=c error=68 link=48 eip=0 cs=18 ss=68 flags=10002',
    'ds of level 0 vector=a error=10 link=48 eip=0 cs=23 ss=2b flags=10002',
    'second 22222222',
  ],
});
