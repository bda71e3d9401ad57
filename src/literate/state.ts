/** Which listings make up each file and each chunk, as of a chapter: a fold over the listings before it. */

import type { Listing } from './chapter.ts';
import type { Operation, Target } from './meta.ts';
import { formatPlace, type Place, type Problems } from './problem.ts';

/** Immutable: every step gives a new state. */
export interface State {
  /** Path to the listings that the file consists of, in order. */
  files: ReadonlyMap<string, readonly Listing[]>;
  /** Name to the listings that the chunk consists of, in order. */
  chunks: ReadonlyMap<string, readonly Listing[]>;
}

export const EMPTY_STATE: State = { files: new Map(), chunks: new Map() };

export function placeOf(listing: Listing): Place {
  return { path: listing.path, line: listing.fenceLine };
}

/** The listings that a target consists of, or `undefined` where it does not exist. */
export function piecesOf(state: State, target: Target): readonly Listing[] | undefined {
  return (target.kind === 'file' ? state.files : state.chunks).get(target.name);
}

export function nameOf(target: Target): string {
  return target.kind === 'file' ? target.name : `<<${target.name}>>`;
}

/** The state after `listing`. A listing that does not fit is reported and, where that makes sense, used all the same. */
export function applyListing(state: State, listing: Listing, problems: Problems): State {
  const standing = piecesOf(state, listing.target);
  const fault = faultOf(listing, standing);
  if (fault) {
    problems.add(fault.code, placeOf(listing), fault.message);
    if (listing.operation === 'define') return state;
  }
  const pieces = listing.operation === 'append' ? [...(standing ?? []), listing] : [listing];
  const { kind, name } = listing.target;
  if (kind === 'chunk') return { ...state, chunks: new Map(state.chunks).set(name, pieces) };
  return { ...state, files: new Map(state.files).set(name, pieces) };
}

/** The state without a file; its chunks stay, since another file may use them. */
export function removeFile(state: State, path: string, place: Place, problems: Problems): State {
  const files = new Map(state.files);
  if (!files.delete(path)) problems.add('removal', place, `removes: no chapter so far has a file ${path}`);
  return { ...state, files };
}

function faultOf(
  listing: Listing,
  standing: readonly Listing[] | undefined,
): {
  code: 'file-in-two-places' | 'defined-twice' | 'nothing-to-append-to' | 'nothing-to-replace';
  message: string;
} | null {
  const name = nameOf(listing.target);
  const operation: Operation = listing.operation;
  if (operation === 'define') {
    if (standing === undefined) return null;
    const first = formatPlace(placeOf(standing[0]!));
    return listing.target.kind === 'file'
      ? { code: 'file-in-two-places', message: `${name} is listed already at ${first}: say append or replace` }
      : { code: 'defined-twice', message: `${name} is defined already at ${first}: say append or replace` };
  }
  if (standing !== undefined) return null;
  return operation === 'append'
    ? { code: 'nothing-to-append-to', message: `there is no ${name} yet that this could extend` }
    : { code: 'nothing-to-replace', message: `there is no ${name} yet that this could replace` };
}
