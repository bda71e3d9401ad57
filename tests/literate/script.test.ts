import { describe, expect, test } from 'vitest';
import { shows, strokesOf } from '../../src/literate/script.ts';

describe('what a script waits for', () => {
  test.each([
    ['toy> ', 'hello\ntoy>\n', true],
    ['toy> ', 'hello\ntoy> help\n', false],
    ['toy> ', 'toy> help\nWhat you can say\ntoy>\n', true],
    ['done', '| not yet |\n|  done\n', true],
    ['done', '\n', false],
    ['toy>', 'toy>    │ title\n', true],
    ['title', 'toy>    │ title\n', true],
  ])('%j on %j: %s', (awaited, screen, seen) => expect(shows(screen, awaited)).toBe(seen));
});

describe('keys of a script', () => {
  test('characters, named keys, braces', () => {
    expect(strokesOf('a{ArrowLeft}\n{{x}')).toEqual(['a', 'ArrowLeft', '\n', '{', 'x', '}']);
  });
  test('an unknown name is an error that names it', () => {
    expect(() => strokesOf('{Arrow}')).toThrow(/no key \{Arrow\}/);
  });
});
