import { describe, expect, test } from 'vitest';
import { strokesOf } from '../../src/literate/script.ts';

describe('keys of a script', () => {
  test('characters, named keys, braces', () => {
    expect(strokesOf('a{ArrowLeft}\n{{x}')).toEqual(['a', 'ArrowLeft', '\n', '{', 'x', '}']);
  });
  test('an unknown name is an error that names it', () => {
    expect(() => strokesOf('{Arrow}')).toThrow(/no key \{Arrow\}/);
  });
});
