/** Puts function bodies together to a WebAssembly module that imports one memory. */
import { ByteWriter } from './byte-writer.ts';
import type { ValueType } from './expression.ts';
import { TYPE_CODE } from './function-builder.ts';

export interface FunctionType {
  parameters: readonly ValueType[];
  results: readonly ValueType[];
}
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const FUNCTION = 0;
const MEMORY = 2;

export class ModuleBuilder {
  private readonly types: FunctionType[] = [];
  private readonly imports: { name: string; type: number }[] = [];
  private readonly functions: { type: number; body: Uint8Array; exportName: string | undefined }[] = [];

  /** Imports `env.name`. All imports come before the first function. @returns its function index. */
  importFunction(name: string, type: FunctionType): number {
    if (this.functions.length) throw new Error('imports come before functions');
    return this.imports.push({ name, type: this.typeIndex(type) }) - 1;
  }
  /** @returns the function's index. */
  addFunction(type: FunctionType, body: Uint8Array, exportName?: string): number {
    return this.imports.length + this.functions.push({ type: this.typeIndex(type), body, exportName }) - 1;
  }
  /** The module's bytes; it imports its memory as `env.memory`. */
  build(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    out.bytes(MAGIC_AND_VERSION);
    const section = (id: number, count: number, fill: (writer: ByteWriter) => void) => {
      const body = new ByteWriter();
      body.unsigned(count);
      fill(body);
      out.byte(id);
      out.unsigned(body.length);
      out.bytes(body.finish());
    };
    section(SECTION.type, this.types.length, (writer) => {
      for (const type of this.types) {
        writer.byte(0x60);
        for (const list of [type.parameters, type.results]) {
          writer.unsigned(list.length);
          for (const value of list) writer.byte(TYPE_CODE[value]);
        }
      }
    });
    section(SECTION.import, this.imports.length + 1, (writer) => {
      for (const { name, type } of this.imports) {
        writer.name('env');
        writer.name(name);
        writer.byte(FUNCTION);
        writer.unsigned(type);
      }
      writer.name('env');
      writer.name('memory');
      writer.bytes([MEMORY, 0, 1]);
    });
    section(SECTION.function, this.functions.length, (writer) => {
      for (const { type } of this.functions) writer.unsigned(type);
    });
    const exported = this.functions
      .map((f, i) => ({ name: f.exportName, index: this.imports.length + i }))
      .filter((e) => e.name !== undefined);
    section(SECTION.export, exported.length, (writer) => {
      for (const { name, index } of exported) {
        writer.name(name!);
        writer.byte(FUNCTION);
        writer.unsigned(index);
      }
    });
    section(SECTION.code, this.functions.length, (writer) => {
      for (const { body } of this.functions) {
        writer.unsigned(body.length);
        writer.bytes(body);
      }
    });
    return new Uint8Array(out.finish());
  }

  private typeIndex(type: FunctionType): number {
    const same = this.types.findIndex(
      (t) => t.parameters.join() === type.parameters.join() && t.results.join() === type.results.join(),
    );
    return same >= 0 ? same : this.types.push(type) - 1;
  }
}
