import { testGuest } from './support/guest.ts';

testGuest('table-wrap', {
  inBochs: true,
  differences: [
    {
      manual: 'rights cf9200',
      qemu: 'rights c09200',
      because: 'Intel SDM volume 2, LAR: undefined; processors give bits 16 to 19 of the limit',
    },
  ],
});
