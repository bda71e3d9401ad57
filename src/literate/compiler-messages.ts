/** What `cargo --message-format=json` says, told at the MDX lines that the tangled code comes from. */

import { formatPlace, type Place } from './problem.ts';
import { type Tangled, type TangledLine, textOf } from './tangle.ts';

/** A place in rustc's JSON diagnostics; lines and columns are 1-based. */
interface Span {
  file_name: string;
  line_start: number;
  line_end: number;
  column_start: number;
  column_end: number;
  is_primary: boolean;
  label: string | null;
  text: { text: string; highlight_start: number; highlight_end: number }[];
  expansion: { span: Span } | null;
}

interface Diagnostic {
  message: string;
  code: { code: string } | null;
  level: string;
  spans: Span[];
  children: Diagnostic[];
}

export type Severity = 'error' | 'warning';

export interface CompilerMessage {
  severity: Severity;
  /** `path:line:column: error[E0308]: ...` and the lines below it. */
  text: string;
}

/** Cargo's standard output, one JSON object a line. */
export interface CargoOutput {
  messages: CompilerMessage[];
  /** The kernel: the built program that bears the package's name; `null` if there is none. */
  executable: string | null;
  /** The project's other programs, such as a boot sector. */
  others: string[];
}

/**
 * @param output all that Cargo has written to its standard output
 * @param tangled the project that has been compiled
 * @param fallback the place for a message without one, such as the linker's
 */
export function readCargoOutput(output: string, tangled: Tangled, fallback: Place): CargoOutput {
  const result: CargoOutput = { messages: [], executable: null, others: [] };
  const name = packageName(tangled);
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const entry = JSON.parse(line) as CargoEntry;
    if (entry.reason === 'compiler-artifact' && entry.executable) {
      if (entry.target?.name === name) result.executable = entry.executable;
      else result.others.push(entry.executable);
    }
    if (entry.reason !== 'compiler-message' || !entry.message) continue;
    const message = translate(entry.message, new Sources(tangled), fallback);
    if (message && !result.messages.some((other) => other.text === message.text)) result.messages.push(message);
  }
  return result;
}

interface CargoEntry {
  reason: string;
  message?: Diagnostic;
  target?: { name: string };
  executable?: string | null;
}

/** As the project's own Cargo.toml has it; `null` without one. */
function packageName(tangled: Tangled): string | null {
  const manifest = tangled.files.find(({ path }) => path === 'Cargo.toml');
  return (manifest && /^name = "(.*)"$/m.exec(textOf(manifest))?.[1]) ?? null;
}

/** `null` for the remarks at the end, which belong to no place: "aborting due to 2 previous errors". */
function translate(diagnostic: Diagnostic, sources: Sources, fallback: Place): CompilerMessage | null {
  const severity: Severity = diagnostic.level.startsWith('error') ? 'error' : 'warning';
  const primary = diagnostic.spans.find((span) => span.is_primary);
  if (diagnostic.level === 'failure-note') return null;
  if (!primary && !diagnostic.code && /^(aborting due to|\d+ warnings? emitted)/.test(diagnostic.message)) return null;
  const spans = [...(primary ? [primary] : []), ...diagnostic.children.flatMap((child) => child.spans)];
  const place = firstPlace(spans, sources) ?? sources.placeOfMissingSymbol(diagnostic) ?? fallback;
  const code = diagnostic.code ? `[${diagnostic.code.code}]` : '';
  const lines = [`${formatPlace(place)}: ${severity}${code}: ${diagnostic.message}`];
  for (const span of diagnostic.spans) lines.push(...excerpt(span, sources));
  for (const child of diagnostic.children) {
    lines.push(`  ${child.level}: ${child.message.replaceAll('\n', '\n    ')}`);
    for (const span of child.spans) lines.push(...excerpt(span, sources));
  }
  return { severity, text: lines.join('\n') };
}

function firstPlace(spans: readonly Span[], sources: Sources): Place | null {
  for (const span of spans) {
    const place = sources.placeOf(span);
    if (place) return place;
  }
  return null;
}

function excerpt(span: Span, sources: Sources): string[] {
  const place = sources.placeOf(span);
  const lines = [`  --> ${place ? formatPlace(place) : `${span.file_name}:${span.line_start}:${span.column_start}`}`];
  for (const { text, highlight_start, highlight_end } of span.text.slice(0, 4)) {
    const mark = (span.is_primary ? '^' : '-').repeat(Math.max(1, highlight_end - highlight_start));
    lines.push(`   | ${text}`, `   | ${' '.repeat(highlight_start - 1)}${mark}`);
  }
  if (span.label !== null) lines[lines.length - 1] += ` ${span.label}`;
  return lines;
}

/** Finds the MDX places of a project's lines. */
export class Sources {
  readonly #tangled: Tangled;

  constructor(tangled: Tangled) {
    this.#tangled = tangled;
  }

  /** Where a span, or the macro call that it comes from, stands in the book; `null` outside of the project. */
  placeOf(span: Span): Place | null {
    const line = this.lineAt(span.file_name, span.line_start) ?? this.#assemblyLine(span);
    if (line) return placeInBook(line, span.column_start);
    return span.expansion ? this.placeOf(span.expansion.span) : null;
  }

  /** Where the book first uses the symbol that the linker has not found; `null` if it misses none. */
  placeOfMissingSymbol(diagnostic: Diagnostic): Place | null {
    const notes = diagnostic.children.map((child) => child.message).join('\n');
    const name = /undefined (?:reference to `|symbol: )([\w.$]+)/.exec(notes)?.[1];
    if (name === undefined) return null;
    for (const file of this.#tangled.files) {
      for (const line of file.lines) {
        const at = line.text.split(/([\w.$]+)/).indexOf(name);
        if (at >= 0)
          return placeInBook(
            line,
            line.text
              .split(/([\w.$]+)/)
              .slice(0, at)
              .join('').length + 1,
          );
      }
    }
    return null;
  }

  lineAt(path: string, line: number): TangledLine | undefined {
    const name = path.replaceAll('\\', '/').replace(/^\/kernel\//, '');
    return this.#tangled.files.find((file) => file.path === name)?.lines[line - 1];
  }

  /**
   * The assembler gets its input under no name and with lines of the compiler's own before it: the line meant is the
   * nearest one with the same text.
   */
  #assemblyLine(span: Span): TangledLine | undefined {
    if (span.file_name !== '<inline asm>') return undefined;
    const text = span.text[0]?.text.trim();
    let nearest: { line: TangledLine; distance: number } | undefined;
    for (const file of this.#tangled.files) {
      file.lines.forEach((line, index) => {
        const distance = Math.abs(index + 1 - span.line_start);
        if (line.text.trim() === text && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
          nearest = { line, distance };
        }
      });
    }
    return nearest?.line;
  }
}

/** @param column in the tangled line, 1-based */
export function placeInBook({ listing, line, indent }: TangledLine, column: number): Place {
  const { mdxLine, mdxColumn } = listing.lines[line - 1]!;
  return { path: listing.path, line: mdxLine, column: Math.max(1, column - indent) + mdxColumn - 1 };
}
