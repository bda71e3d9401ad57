/**
 * The x87, MMX and SSE state that a case begins with, by what its form uses. A form says so in the table of forms: `x87`,
 * `mmx`, `sse`, or several of them. Setups (`setup.ts`) find the state in `Draft.fpu` and may change it further.
 */
import type { Draft } from './draft.ts';
import type { FpuUse } from './forms.ts';
import { FpuImage } from './fpu-image.ts';
import { fillMmx } from './mmx-values.ts';
import { fillSse } from './sse-values.ts';
import { fillX87 } from './x87-values.ts';

const FILL: Readonly<Record<FpuUse, (image: FpuImage, draft: Draft) => void>> = {
  x87: fillX87,
  mmx: fillMmx,
  sse: fillSse,
};

/** State for the draft's form, and, if it has none yet, contents for its memory operand; null if it uses none. */
export function chooseFpu(draft: Draft): FpuImage | null {
  const { fpu } = draft.e.form;
  if (fpu.length === 0) return null;
  const image = new FpuImage();
  for (const use of fpu) FILL[use](image, draft);
  return image;
}
