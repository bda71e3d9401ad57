/**
 * The layers of docs/architecture.md as rules: each room of the emulator knows only what stands left of it, devices know
 * the bus and the clock alone, and the site meets the emulator in one place.
 */
import { fileURLToPath } from 'node:url';

const EMULATOR = '^src/emulator/';
const room = (...names) => `${EMULATOR}(${names.join('|')})/`;
const front = `${EMULATOR}cli(\\.ts$|/)`;

/** Runs when the site is built; no page loads it. */
const BUILD_TIME_DISASSEMBLY = '^src/components/code/disassembly\\.ts$';
const OFFLINE_PLATFORM = '^src/components/machine/platform\\.offline\\.ts$';

/** Each room of the emulator and the rooms that it may import from; itself always. */
const ROOMS = {
  wasm: [],
  // Arithmetic alone: it knows of no processor.
  float: [],
  // Delivering an exception reads and writes memory, a page walk reads control registers: one level, without cycles.
  cpu: ['mmu'],
  mmu: ['cpu'],
  isa: ['wasm'],
  semantics: ['wasm', 'isa', 'cpu', 'mmu'],
  helpers: ['wasm', 'float', 'isa', 'cpu', 'mmu', 'semantics'],
  engine: ['wasm', 'isa', 'cpu', 'mmu', 'semantics', 'helpers'],
  firmware: ['cpu', 'mmu', 'devices'],
  debug: ['cpu', 'mmu', 'isa'],
};

const layers = Object.entries(ROOMS).map(([name, below]) => ({
  name: `layer-${name}`,
  comment: `src/emulator/${name} may import ${below.length ? below.join(', ') : 'nothing but itself'}`,
  severity: 'error',
  from: { path: room(name) },
  to: { path: EMULATOR, pathNot: room(name, ...below) },
}));

export default {
  forbidden: [
    ...layers,
    {
      name: 'layer-devices',
      comment: 'A device knows the bus and the clock alone; of the processor and the memory it may know the type.',
      severity: 'error',
      from: { path: room('devices') },
      to: { path: EMULATOR, pathNot: room('devices'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'layer-devices-types',
      severity: 'error',
      from: { path: room('devices') },
      to: { path: EMULATOR, pathNot: room('devices', 'cpu', 'mmu') },
    },
    {
      name: 'emulator-is-a-library',
      comment: 'The emulator imports nothing from the site, the literate system, scripts or npm.',
      severity: 'error',
      from: { path: EMULATOR, pathNot: front },
      to: { pathNot: EMULATOR },
    },
    {
      name: 'command-line-front',
      comment:
        'The command line adds Node, the type of info.json and the notation of scripts to the emulator, nothing else.',
      severity: 'error',
      from: { path: front },
      to: { pathNot: [EMULATOR, '^src/literate/(checkpoint-info|script)\\.ts$'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'nobody-imports-the-front',
      severity: 'error',
      from: { path: '^src/', pathNot: front },
      to: { path: front },
    },
    {
      name: 'worker-above-machine',
      comment: 'Only the worker entry and the command line stand above the machine.',
      severity: 'error',
      from: { path: EMULATOR, pathNot: [`${EMULATOR}worker/`, front] },
      to: { path: `${EMULATOR}worker/` },
    },
    {
      name: 'client-knows-the-protocol-alone',
      comment: 'What the page loads is small: the machine itself comes with the worker.',
      severity: 'error',
      from: { path: `${EMULATOR}worker/(client|protocol)\\.ts$` },
      to: {
        path: EMULATOR,
        pathNot: `${EMULATOR}worker/(client|protocol|entry|worker)\\.ts$`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'site-through-the-client',
      comment: 'The site reaches the emulator only through worker/client.ts, and the types of worker/protocol.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: [EMULATOR, OFFLINE_PLATFORM, BUILD_TIME_DISASSEMBLY] },
      to: { path: EMULATOR, pathNot: `${EMULATOR}worker/(client|protocol)\\.ts$` },
    },
    {
      name: 'disassembly-decodes',
      comment: 'What shows machine code on a page, at build time, reads ELF files and decodes instructions, no more.',
      severity: 'error',
      from: { path: BUILD_TIME_DISASSEMBLY },
      to: { path: EMULATOR, pathNot: [room('isa'), `${EMULATOR}firmware/elf\\.ts$`] },
    },
    {
      name: 'offline-through-the-client',
      comment:
        "From file:// a worker cannot be loaded by address: the offline platform carries the worker's entry along.",
      severity: 'error',
      from: { path: OFFLINE_PLATFORM },
      to: { path: EMULATOR, pathNot: `${EMULATOR}worker/(client|protocol|worker)\\.ts$` },
    },
    {
      name: 'protocol-is-types',
      severity: 'error',
      from: { path: '^src/', pathNot: EMULATOR },
      to: { path: `${EMULATOR}worker/protocol\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'literate-stands-alone',
      comment: 'The literate system turns MDX into projects: it knows neither the site around it nor the emulator.',
      severity: 'error',
      from: { path: '^src/literate/' },
      to: { path: '^src/', pathNot: '^src/literate/' },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(src|scripts)/' },
      to: { path: '^(tests|bench)/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(astro:|virtual:|embed:)|\\?worker' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that only another package brings may go away with it.',
      severity: 'error',
      from: { path: '^(src|scripts|bench|tests)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-orphan',
      comment: 'A module that nothing imports is dead, unless it is an entry.',
      severity: 'error',
      from: { orphan: true, path: '^src/(emulator|literate|plugins)/', pathNot: ['\\.d\\.ts$', front] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dist-offline|build|public|\\.astro)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: fileURLToPath(new URL('tsconfig.json', import.meta.url)) },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
