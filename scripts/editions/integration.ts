/** What the built site offers besides its pages: `embed.js` with the checkpoints as scripts, and the book as a ZIP. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { offlineSizeMark, offlineZip } from '../../src/components/offline-edition.ts';
import { packCheckpoints } from './checkpoints.ts';
import { buildEmbedScript } from './embed-script.ts';
import { zipFolder } from './zip.ts';

const root = join(import.meta.dirname, '..', '..');

export function editions(): AstroIntegration {
  return {
    name: 'book-editions',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const folder = fileURLToPath(dir);
        await buildEmbedScript(root, folder);
        packCheckpoints(join(folder, 'checkpoints'));
        const zip = offlineEdition();
        writeFileSync(join(folder, offlineZip), zip);
        const size = `${(zip.length / 1_000_000).toFixed(1)} MB`;
        tellSize(folder, size);
        logger.info(`embed.js, and the book as ${offlineZip}: ${size}`);
      },
    },
  };
}

function offlineEdition(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'toy-os-book-'));
  try {
    // A process of its own: the configuration depends on the edition.
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build-offline.ts'), folder], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`The offline edition cannot be built:\n${stderr}`);
    return zipFolder(folder, offlineZip.replace(/\.zip$/, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pages are rendered before the archive is there: they leave a mark where its size belongs. */
function tellSize(folder: string, size: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.html')) continue;
    const html = readFileSync(join(folder, name), 'utf8');
    if (html.includes(offlineSizeMark)) writeFileSync(join(folder, name), html.replaceAll(offlineSizeMark, size));
  }
}
