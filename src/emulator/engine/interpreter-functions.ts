/** Functions of the interpreter's module that handlers call. */
import { AF, CF, FlagKind, OF } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import { type I32, type I64, i32, i64, select } from '../wasm/expression.ts';
import { callI32, FunctionBuilder, load, load32, load64 } from '../wasm/function-builder.ts';
import { parity } from './conditions.ts';
import { tlbEntry, WRITE_FLAG } from './interpreter-emitter.ts';

/** The arithmetic flags at their RFLAGS positions, from their lazy form (see `cpu/flags.ts`). */
export function packFlagsBody(): Uint8Array {
  const f = new FunctionBuilder([]);
  const kind = f.keep(load32(i32(0), L.FLAG_KIND));
  const result = f.keep(load64(i32(0), L.FLAG_RESULT));
  const a = f.keep(load64(i32(0), L.FLAG_A));
  const b = f.keep(load64(i32(0), L.FLAG_B));
  f.if(kind.eq(FlagKind.PACKED), () => f.return(a.toI32()));
  const isAdd = kind.eq(FlagKind.ADD);
  const carry = select(isAdd, result.ltU(b), a.ltU(b));
  const same = select(isAdd, a.xor(result).and(b.xor(result)), a.xor(b).and(a.xor(result)));
  const adjust = a.xor(b).xor(result).toI32().and(AF);
  const computed = carry.or(same.ltS(0).shl(11)).or(adjust);
  const given = a.toI32().and(CF | AF | OF);
  const high = f.keep(select(kind.eq(FlagKind.PARTIAL), given, select(kind.eq(FlagKind.LOGIC), i32(0), computed)));
  const low = result.eqz().shl(6).or(result.ltS(0).shl(7)).or(parity(result).shl(2));
  f.return(high.or(low));
  f.unreachable();
  return f.body();
}

/**
 * Where a store can be made whose page has no write tag, as the function `translate` outside: to a page of code, in place if it
 * touches no granule with code.
 */
export function translateStoreBody(translate: number): Uint8Array {
  const f = new FunctionBuilder(['i64', 'i32', 'i32', 'i32']);
  const linear = f.parameter(0).value as I64;
  const info = f.parameter(1).value as I32;
  const entry = f.keep(tlbEntry(linear));
  const span = f.keep(info.and(~WRITE_FLAG).sub(1));
  const lastPage = linear.add(span.toI64()).and(i64(~0xfffn));
  f.if(lastPage.eq(load64(entry, L.TLB + 24)), () => {
    const map = f.keep(load32(entry, L.TLB + 20));
    const offset = f.keep(linear.toI32().and(0xfff));
    const granule = (at: I32) => load(8, map.add(at.shr(6))) as I32;
    f.if(
      granule(offset)
        .or(granule(offset.add(span)))
        .eqz(),
      () => f.return(linear.toI32().add(load32(entry, L.TLB + 16))),
    );
  });
  f.return(callI32(translate, linear, info, f.parameter(2).value, f.parameter(3).value));
  f.unreachable();
  return f.body();
}
