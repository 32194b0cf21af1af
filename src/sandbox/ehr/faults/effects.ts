import { bodies } from './bodies.js';
import type { Effect } from './effect.js';
import type { FaultName } from './fault-book.js';
import { foreignReferences } from './foreign-references.js';
import { nextLinks } from './next-links.js';
import { refusals } from './refusals.js';
import { searchsets } from './searchsets.js';
import { writes } from './writes.js';

/** What each fault does. */
export const effects: Record<FaultName, Effect> = {
  ...refusals,
  ...bodies,
  ...nextLinks,
  ...searchsets,
  ...writes,
  'foreign-reference': foreignReferences,
};
