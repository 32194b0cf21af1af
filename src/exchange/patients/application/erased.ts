import { Fault } from '../../../platform/errors/fault.js';

/** Null instead of `vault.key-destroyed`: whose key is destroyed is erased, and is nobody we know. */
export async function unlessErased<T>(work: () => T | Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault && error.code === 'vault.key-destroyed') return null;
    throw error;
  }
}
