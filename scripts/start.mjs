/** `npm start`: everything that is needed is set up, then the book is served on localhost. */
import { continueWithPinnedNode } from './setup/dependencies.mjs';

await continueWithPinnedNode('scripts/serve.ts');
