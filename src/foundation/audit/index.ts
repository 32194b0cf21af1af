export { AuditModule } from './audit.module.js';
export { AuditFacade } from './audit.facade.js';
export type { AuditAction, AuditEntry, AuditEvent, AuditOutcome } from './domain/audit-event.js';
export type { AuditQuery } from './application/search.js';
export type { AuditFault, AuditFaultKind, AuditVerification } from './domain/verification.js';
export type { VerificationProgress } from './application/verify.js';
