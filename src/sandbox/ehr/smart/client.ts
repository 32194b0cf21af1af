import type { JWK } from 'jose';

/** An app that somebody registered. */
export interface SmartClient {
  clientId: string;
  /** Where its keys are fetched; or the keys themselves. */
  jwksUrl?: string;
  jwks?: { keys: JWK[] };
  /** What it may be granted; without it whatever the server has. */
  scopes?: string[];
  /** False for a server that looks at the key set again only when its copy has run out. */
  refetch?: boolean;
}
