/** Style sheets rewritten for a shadow root. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { forHost } from '../../scripts/editions/host-styles.ts';

it('moves the element’s conditions to the host', () => {
  expect(forHost('toy-machine:not([data-state="idle"]) .hint { a: b }')).toBe(
    ':host(:not([data-state="idle"])) .hint { a: b }',
  );
  expect(forHost('toy-machine[data-open][x="]"] p, toy-machine .q {}')).toContain(':host .q {}');
  expect(forHost(':root[data-theme="light"] {\n  --a: b;\n}')).toBe(':host([data-theme="light"]) {\n  --a: b;\n}');
  expect(forHost('toy-machine :is(.a, .b) {}')).toBe(':host :is(.a, .b) {}');
});

it('makes the host’s own looks important, and nothing else', () => {
  expect(forHost('toy-machine {\n  --a: 1;\n  color: red;\n}\n\ntoy-machine p {\n  margin: 0;\n}')).toBe(
    ':host {\n  --a: 1;\n  color: red !important;\n}\n\n:host p {\n  margin: 0;\n}',
  );
});

it('leaves no selector behind that a shadow root would not know', () => {
  const css = forHost(readFileSync('src/components/machine/machine.css', 'utf8'));
  expect(css).not.toMatch(/toy-machine|:root/);
});
