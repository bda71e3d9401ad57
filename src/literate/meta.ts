/** The meta string of a fence: `file="src/main.rs" replace title="..." {1-3}`. */

/** Languages that a kernel project is written in: a fence in one of them is either a listing or says `quote`. */
export const KERNEL_LANGUAGES: ReadonlySet<string> = new Set([
  'rust',
  'rs',
  'asm',
  'nasm',
  'gas',
  's',
  'toml',
  'ld',
  'linker-script',
]);

export type Operation = 'define' | 'append' | 'replace';

export interface Target {
  kind: 'file' | 'chunk';
  /** The file's path in the Cargo project, or the chunk's name. */
  name: string;
}

export interface ListingMeta {
  target: Target;
  operation: Operation;
  /** Id of the experiment that alone sees this listing. */
  experiment: string | null;
}

/** What a fence is: part of a kernel, a quotation, or of no concern here. */
export type FenceMeta =
  | { kind: 'listing'; listing: ListingMeta }
  | { kind: 'quote' }
  | { kind: 'other' }
  | { kind: 'wrong'; message: string; code: 'meta' | 'unmarked-fence' };

/** Keys that Expressive Code and its plugins read; they are passed through to it. */
const PRESENTATION_KEYS = new Set([
  'title',
  'frame',
  'mark',
  'ins',
  'del',
  'wrap',
  'preserveIndent',
  'hangingIndent',
  'collapse',
  'collapseStyle',
  'showLineNumbers',
  'startLineNumber',
  'lang',
]);

/** Derived for a listing by comparing states, so a value typed by hand could only disagree. */
const DERIVED_KEYS = new Set(['ins', 'del', 'startLineNumber']);

const TOKEN = /\s*(?:([\w-]+)=)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{[^}]*\}|\/(?:[^/\\]|\\.)+\/|[^\s"'{]+)/y;

interface Token {
  key: string | null;
  value: string;
  /** Whether the value is a bare word, not a string, range or regular expression. */
  bare: boolean;
}

function tokenize(meta: string): Token[] | { rest: string } {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = meta.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) return { rest: text.slice(from).trim() };
    const raw = match[2]!;
    const quoted = raw.startsWith('"') || raw.startsWith("'");
    tokens.push({
      key: match[1] ?? null,
      value: quoted ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw,
      bare: !quoted && !raw.startsWith('{') && !raw.startsWith('/'),
    });
  }
  return tokens;
}

/** Why `path` cannot be a file of the project, or `null`. */
export function faultOfPath(path: string): string | null {
  if (path === '') return 'the path is empty';
  if (path.includes('\\')) return 'a path is written with /';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'a path is relative to the Cargo project';
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'a path has no empty part, no "." and no ".."';
  }
  if (path === 'Cargo.lock') return 'Cargo writes Cargo.lock; it is no listing';
  if (path.split('/')[0] === 'target') return 'target/ belongs to Cargo';
  return null;
}

/**
 * Reads a fence's language and meta string.
 *
 * @param lang the first word after the backquotes, or `null`
 * @param meta the rest of that line, or `null`
 */
export function readFenceMeta(lang: string | null, meta: string | null): FenceMeta {
  const wrong = (message: string): FenceMeta => ({ kind: 'wrong', code: 'meta', message });
  if (lang !== null && /^(file|chunk|experiment)=|^quote$/.test(lang)) {
    return wrong(`the fence starts with ${lang}: its language comes first`);
  }
  const tokens = tokenize(meta ?? '');
  if (!Array.isArray(tokens)) return wrong(`cannot read the meta string from here on: ${tokens.rest}`);

  const values = new Map<string, string>();
  const flags = new Set<string>();
  const derived: string[] = [];
  for (const { key, value, bare } of tokens) {
    if (key === 'file' || key === 'chunk' || key === 'experiment') {
      if (values.has(key)) return wrong(`${key}= stands twice`);
      if (value.trim() === '') return wrong(`${key}= is empty`);
      values.set(key, value.trim());
    } else if (key !== null) {
      if (!PRESENTATION_KEYS.has(key)) return wrong(`unknown meta ${key}=`);
      if (DERIVED_KEYS.has(key)) derived.push(key);
    } else if (bare && (value === 'append' || value === 'replace' || value === 'quote')) {
      if (flags.has(value)) return wrong(`${value} stands twice`);
      flags.add(value);
    } else if (bare && !PRESENTATION_KEYS.has(value)) {
      return wrong(`unknown meta ${value}`);
    }
  }

  const file = values.get('file');
  const chunk = values.get('chunk');
  const experiment = values.get('experiment') ?? null;
  if (flags.has('quote')) {
    const clash = [...values.keys(), ...flags].find((word) => word !== 'quote');
    return clash === undefined ? { kind: 'quote' } : wrong(`quote and ${clash} contradict each other`);
  }
  if (file !== undefined && chunk !== undefined) return wrong('a listing is a file or a chunk, not both');
  if (file === undefined && chunk === undefined) {
    const stray = [...flags][0] ?? (experiment === null ? undefined : 'experiment=');
    if (stray !== undefined) return wrong(`${stray} needs file= or chunk=`);
    if (lang !== null && KERNEL_LANGUAGES.has(lang.toLowerCase())) {
      return {
        kind: 'wrong',
        code: 'unmarked-fence',
        message: `a fence in ${lang} says file=, chunk= or quote: nothing of the kernel is hidden, nothing else looks like it`,
      };
    }
    return { kind: 'other' };
  }
  if (flags.has('append') && flags.has('replace')) return wrong('append and replace contradict each other');
  const operation: Operation = flags.has('append') ? 'append' : flags.has('replace') ? 'replace' : 'define';
  if (experiment !== null && operation === 'define') {
    return wrong('an experiment overrides what stands already: say replace or append');
  }
  if (derived.length > 0) return wrong(`${derived[0]}= is derived for a listing by comparing states: take it out`);
  if (lang === null) return wrong('a listing names its language');
  if (file !== undefined) {
    const fault = faultOfPath(file);
    if (fault) return wrong(`file="${file}": ${fault}`);
  }
  if (chunk !== undefined && /<<|>>/.test(chunk)) return wrong(`chunk="${chunk}": a name holds neither << nor >>`);
  const target: Target = file === undefined ? { kind: 'chunk', name: chunk! } : { kind: 'file', name: file };
  return { kind: 'listing', listing: { target, operation, experiment } };
}
