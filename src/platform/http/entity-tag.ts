import { Fault } from '../errors/fault.js';

/** A row's version as its ETag. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/** The version that the caller last saw. Throws 428 when missing, 412 when it cannot be one of ours. */
export function requireIfMatch(header: string | undefined): number {
  if (header === undefined) {
    throw new Fault({
      code: 'if-match.required',
      kind: 'precondition-required',
      words: 'Send If-Match with the ETag that you last read.',
    });
  }
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header)?.[1];
  if (version === undefined) throw staleVersion();
  return Number(version);
}

/** Somebody changed the row since the caller read it. */
export function staleVersion(): Fault {
  return new Fault({
    code: 'if-match.stale',
    kind: 'precondition-failed',
    words: 'It was changed since you read it. Read it again, then repeat your change.',
  });
}
