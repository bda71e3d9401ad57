/** What `scripts/editions/embed-script.ts` puts into `embed.js`. */

declare module 'embed:worker' {
  /** The worker's code: one classic script. */
  const source: string;
  export default source;
}

declare module 'embed:markup' {
  /** The inside of a `<toy-machine>`, as `Machine.astro` renders it. */
  const html: string;
  export default html;
}

declare module 'embed:styles' {
  /** The panel's style sheets, for a shadow root. */
  const css: string;
  export default css;
}

declare module 'embed:font' {
  /** The font of the text screen: WOFF2 in base64. */
  const base64: string;
  export default base64;
}

declare module 'embed:checkpoints' {
  const checkpoints: Record<string, import('./embed.ts').EmbeddedCheckpoint>;
  export default checkpoints;
}
