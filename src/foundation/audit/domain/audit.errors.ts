import { Fault } from '../../../platform/errors/fault.js';

export function auditBroken(): Fault {
  return new Fault({
    code: 'audit.broken',
    kind: 'unexpected',
    words: 'The audit log was changed from outside. Run its verification, and tell your security officer.',
    severity: 'error',
  });
}
