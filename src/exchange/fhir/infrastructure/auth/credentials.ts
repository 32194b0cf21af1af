import type { FixedAuth } from '../../domain/connection.js';
import type { Scopes } from '../../domain/smart.js';

/** What a client shows the EHR with each request. */
export interface Credentials {
  /** The Authorization header, null for none. Throws SignInFault: then nothing is to be asked of the EHR. */
  header(): Promise<string | null>;
  /** The EHR did not accept this header. Whether there may be another one. */
  renew(refused: string | null): boolean;
  /** What was asked for and granted; null where nothing is. Throws SignInFault. */
  scopes(): Promise<Scopes | null>;
  /** Forgets everything: nothing is had from them any more. */
  retire(): void;
}

/** The same for every request. */
export function fixedCredentials(auth: FixedAuth): Credentials {
  const header = headerOf(auth);
  return {
    header: () => Promise.resolve(header),
    renew: () => false,
    scopes: () => Promise.resolve(null),
    retire: () => undefined,
  };
}

function headerOf(auth: FixedAuth): string | null {
  if (auth.type === 'bearer') return `Bearer ${auth.token}`;
  if (auth.type === 'basic')
    return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  return null;
}
