/** A verification found the log changed. Ids: the organization's id. */
export const AuditBroken = 'audit.broken';
