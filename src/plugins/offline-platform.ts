/** Chooses how the page reaches its worker and its checkpoints where no server stands behind it. */

import type { AstroUserConfig } from 'astro';

type VitePlugin = NonNullable<NonNullable<AstroUserConfig['vite']>['plugins']>[number];

/** Replaces `platform.ts` by its neighbour `platform.offline.ts`. */
export function offlinePlatform(): VitePlugin {
  return {
    name: 'book-offline-platform',
    enforce: 'pre',
    resolveId(source: string, importer: string | undefined) {
      if (!source.endsWith('/platform.ts') || importer === undefined) return null;
      return this.resolve(source.replace('/platform.ts', '/platform.offline.ts'), importer);
    },
  };
}
