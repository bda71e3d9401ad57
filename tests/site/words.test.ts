import { describe, expect, it } from 'vitest';
import { relativeAddress, SiteMap } from '../../scripts/offline/site-map.ts';
import { locate } from '../../src/components/machine/source-map.ts';
import { address, count, verdict } from '../../src/components/machine/words.ts';
import { findPassages, type Passage } from '../../src/components/search/find-passages.ts';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';

describe('what the panel says', () => {
  it('writes addresses without the zeros in front', () => {
    expect(address('0000000000101234')).toBe('0x101234');
    expect(address('0000000000000000')).toBe('0x0');
    expect(address('ffffffff80000000')).toBe('0xffffffff80000000');
    expect(count(12640)).toBe('12,640');
  });

  it('tells a triple fault with rip and the chain, oldest first', () => {
    const page = {
      name: '#PF page fault',
      vector: 14,
      errorCode: 2,
      rip: '00000000001000f9',
      address: 'fffffffffffffff8',
      reason: 'write to 0xfffffffffffffff8: page not present',
    };
    const double = {
      name: '#DF double fault',
      vector: 8,
      errorCode: null,
      rip: '00000000001000f9',
      address: null,
      reason: 'no IDT',
    };
    const told = verdict({ kind: 'triple-fault', chain: [page, double] }, '00000000001000f9');
    expect(told?.title).toBe('Triple fault');
    expect(told?.text).toContain('rip 0x1000f9');
    expect(told?.chain).toEqual([
      '#PF page fault, error code 0x2, at rip 0x1000f9: write to 0xfffffffffffffff8: page not present',
      '#DF double fault, at rip 0x1000f9: no IDT',
    ]);
  });

  it('names what is not supported, with address and bytes, and is silent about an orderly end', () => {
    const told = verdict(
      { kind: 'unsupported', what: 'instruction vaddps', rip: '0000000000100000', bytes: 'c5 f4 58 c2' },
      '0',
    );
    expect(told?.text).toMatch(/0x100000.*vaddps.*c5 f4 58 c2/);
    expect(verdict({ kind: 'halted' }, '0')).toBeNull();
  });
});

describe('from an address to the book', () => {
  const place = (line: number) => ({ chapter: '03-bootloader', listing: 'listing-3-4', line });
  const info = {
    symbols: [
      { name: 'start', address: '100000', size: 16 },
      { name: 'high', address: 'ffffffff80000000', size: 8 },
    ],
    files: [{ path: 'src/boot.s', lines: [place(1), place(2)] }],
    lineMap: [
      ['100000', 4, 0, 1],
      ['100008', 4, 0, 2],
    ],
  } as unknown as CheckpointInfo;

  it('finds symbol and line', () => {
    expect(locate(info, '0000000000100009')).toEqual({
      symbol: 'start+0x9',
      source: { path: 'src/boot.s', line: 2, listing: 'listing-3-4', listingLine: 2 },
    });
  });

  it('knows the gaps, and addresses beyond 2^53', () => {
    expect(locate(info, '0000000000100004').source).toBeNull();
    expect(locate(info, '0000000000100010').symbol).toBeNull();
    expect(locate(info, 'ffffffff80000007').symbol).toBe('high+0x7');
    expect(locate(info, 'ffffffff80000008').symbol).toBeNull();
    expect(locate(info, '0000000000000000')).toEqual({ symbol: null, source: null });
  });
});

describe('addresses of the offline folder', () => {
  const site = new SiteMap([
    'index.html',
    'source.html',
    'source/a.html',
    'chapters/a.html',
    'chapters/b.html',
    '_astro/x.css',
  ]);

  it('resolves what an author wrote against the address the page has on a server', () => {
    expect(site.resolve('../b/#part', 'chapters/a.html')).toEqual({ file: 'chapters/b.html', hash: '#part' });
    expect(site.resolve('/source/', 'chapters/a.html')).toEqual({ file: 'source.html', hash: '' });
    expect(site.resolve('/', 'chapters/a.html')).toEqual({ file: 'index.html', hash: '' });
    expect(site.resolve('/chapters/b.html', 'index.html')).toEqual({ file: 'chapters/b.html', hash: '' });
    expect(site.resolve('../../_astro/x.css', 'chapters/a.html')).toEqual({ file: '_astro/x.css', hash: '' });
  });

  it('tells other sites from nowhere', () => {
    expect(site.resolve('https://example.org/', 'index.html')).toBe('outside');
    expect(site.resolve('mailto:a@b', 'index.html')).toBe('outside');
    expect(site.resolve('../c/', 'chapters/a.html')).toBeNull();
  });

  it('makes addresses relative', () => {
    expect(relativeAddress('chapters/a.html', '_astro/x.css')).toBe('../_astro/x.css');
    expect(relativeAddress('index.html', 'chapters/a.html')).toBe('chapters/a.html');
    expect(relativeAddress('chapters/a.html', 'chapters/b.html')).toBe('b.html');
    expect(relativeAddress('chapters/a.html', 'checkpoints/')).toBe('../checkpoints/');
  });
});

describe('search without a server', () => {
  const passages: Passage[] = [
    { url: 'a.html', page: 'Booting', section: '', text: 'GRUB enters the kernel in protected mode.' },
    { url: 'a.html#gdt', page: 'Booting', section: 'The GDT', text: 'Segments, and the kernel once more.' },
  ];

  it('wants every word, and puts headings first', () => {
    expect(findPassages(passages, 'kernel gdt').map(({ passage }) => passage.url)).toEqual(['a.html#gdt']);
    expect(findPassages(passages, 'KERNEL').length).toBe(2);
    expect(findPassages(passages, 'segments booting')[0]?.passage.url).toBe('a.html#gdt');
    expect(findPassages(passages, 'paging')).toEqual([]);
    expect(findPassages(passages, '  ')).toEqual([]);
  });
});
