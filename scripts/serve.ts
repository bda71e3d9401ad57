/**
 * Serves the book: the built site, since search and the base-relative links are part of it, built anew only when a
 * source has changed. `npm start -- --dev` gives Astro's development server instead, which follows edits.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, dev, preview } from 'astro';
import { ROOT } from './setup/dependencies.mjs';

/** What the built site is a function of. */
const INPUTS = ['src', 'public', 'scripts', 'astro.config.mjs', 'package-lock.json', 'tsconfig.json'];
const STAMP = join(ROOT, 'build', 'site-stamp');

function fingerprint(): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const file = join(ROOT, path);
    const stat = statSync(file);
    if (stat.isDirectory()) for (const name of readdirSync(file).sort()) add(`${path}/${name}`);
    else hash.update(`${path}\0${stat.size}\0`).update(readFileSync(file));
  };
  for (const path of INPUTS) if (existsSync(join(ROOT, path))) add(path);
  return hash.digest('hex');
}

/** Names the inputs and the built front page, so that a build made with other options is noticed too. */
function stamp(inputs: string): string | null {
  const page = join(ROOT, 'dist', 'index.html');
  return existsSync(page) ? `${inputs} ${createHash('sha256').update(readFileSync(page)).digest('hex')}\n` : null;
}

async function ensureBuilt(): Promise<void> {
  const inputs = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp(inputs)) return;
  console.log('Building the book ...');
  await build({ root: ROOT, logLevel: 'error' });
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  writeFileSync(STAMP, stamp(inputs) ?? '');
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '4321' },
    host: { type: 'string', default: 'localhost' },
    dev: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`--port ${values.port}: must be a number from 0 to 65535`);
  process.exit(1);
}
const server = { port, host: values.host };

try {
  let address: number;
  let stop: () => Promise<void>;
  if (values.dev) {
    const running = await dev({ root: ROOT, logLevel: 'warn', server });
    address = running.address.port;
    stop = () => running.stop();
  } else {
    await ensureBuilt();
    const running = await preview({ root: ROOT, logLevel: 'warn', server });
    address = running.port;
    stop = () => running.stop();
  }
  console.log(`\nThe book is open at  http://${values.host}:${address}/  (Ctrl-C ends it)\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      await stop();
      process.exit(0);
    });
} catch (error) {
  console.error(`The book could not be served: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
