import { PlatformClock1795000000100 } from './1795000000100-platform-clock.js';

/** Every migration, oldest first: a list rather than a glob, so that the same code runs built and in tests. */
export const migrations = [PlatformClock1795000000100];
