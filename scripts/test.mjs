/** `npm test`: everything that is needed is set up, then every test runs. */
import { continueWithPinnedNode } from './setup/dependencies.mjs';

await continueWithPinnedNode('scripts/test/run.ts');
