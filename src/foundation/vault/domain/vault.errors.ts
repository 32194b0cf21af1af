import { Fault } from '../../../platform/errors/fault.js';

/** One answer for every way in which opening can fail: a difference would tell a forger how far he came. */
export function cannotOpen(): Fault {
  return new Fault({
    code: 'vault.cannot-open',
    kind: 'unexpected',
    words:
      'This cannot be opened. Give the request id to your administrator: the stored data may have been changed.',
    severity: 'error',
  });
}

export function keyDestroyed(): Fault {
  return new Fault({
    code: 'vault.key-destroyed',
    kind: 'gone',
    words: 'This was erased: its key is destroyed, and nobody can open it again.',
  });
}

export function badEscrowKey(): Fault {
  return new Fault({
    code: 'vault.escrow-key',
    kind: 'unprocessable',
    words: 'The escrow key is no public key on the curve P-256, or its kid begins like one of ours (pat_).',
    severity: 'error',
  });
}
