/** Source text to coloured lines, in both of the book's themes. */

import { type BundledLanguage, createHighlighter } from 'shiki';
import { linkerScript } from '../../plugins/linker-script-grammar.ts';
import { dayTheme, nightTheme } from '../../styles/code-themes.ts';

export interface Ink {
  text: string;
  /** Custom properties `--shiki-light` and `--shiki-dark`, and font styles. */
  style: string;
}

const languages: Record<string, BundledLanguage | 'ld'> = {
  rs: 'rust',
  s: 'asm',
  toml: 'toml',
  json: 'json',
  ld: 'ld',
};

const highlighter = createHighlighter({
  themes: [dayTheme, nightTheme],
  langs: ['rust', 'asm', 'toml', 'json', linkerScript],
});

/**
 * @param path of a source file; its extension says the language
 * @returns for each line its runs of one colour
 */
export async function highlightLines(text: string, path: string): Promise<Ink[][]> {
  const { tokens } = (await highlighter).codeToTokens(text.replace(/\n$/, ''), {
    // The type knows Shiki's own languages; linker scripts are the book's.
    lang: (languages[path.split('.').at(-1) ?? ''] ?? 'text') as BundledLanguage,
    themes: { light: dayTheme, dark: nightTheme },
    defaultColor: false,
  });
  return tokens.map((line) =>
    line.map((token) => ({
      text: token.content,
      style: Object.entries(token.htmlStyle ?? {})
        .map(([property, value]) => `${property}:${value}`)
        .join(';'),
    })),
  );
}
