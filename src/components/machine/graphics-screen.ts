/** The picture of a graphics mode, over the text screen as long as there is one. */

import type { Report } from '../../emulator/worker/client.ts';

type Frame = Extract<Report, { type: 'frame' }>['frame'];

export class GraphicsScreen {
  readonly #canvas: HTMLCanvasElement;
  readonly #glass: HTMLElement;

  constructor(canvas: HTMLCanvasElement, glass: HTMLElement) {
    this.#canvas = canvas;
    this.#glass = glass;
  }

  /** @param frame `null` for a text mode, or for no picture at all */
  draw(frame: Frame): void {
    this.#canvas.hidden = frame === null;
    this.#glass.toggleAttribute('data-graphics', frame !== null);
    if (frame === null) return;
    const { width, height, rgba } = frame;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#canvas.ariaLabel = `Graphics screen, ${width} × ${height} pixels`;
    }
    this.#canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }
}
