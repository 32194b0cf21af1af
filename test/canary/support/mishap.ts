import type { Canaries } from './canaries.js';
import type { Installation } from './installation.js';
import type { Thread } from './threads.js';

/** Something that goes wrong with a person's words in it; what it gives back tells that it did. */
export interface Mishap {
  name: string;
  run(): Promise<unknown>;
}

export interface Parts {
  installation: Installation;
  canaries: Canaries;
  threads: readonly Thread[];
}
