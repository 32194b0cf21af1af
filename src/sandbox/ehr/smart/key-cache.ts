import type { JWK } from 'jose';
import type { Clock } from '../clock.js';
import type { SmartClient } from './client.js';

const FETCH_MS = 5_000;
/** Where the key set does not say how long it may be kept. */
const USUAL_SECONDS = 300;

/** Clients' key sets, fetched over HTTP and kept as long as they say. */
export class KeyCache {
  readonly #kept = new Map<string, { keys: JWK[]; until: number }>();
  /** How often a key set was fetched. */
  fetches = 0;

  constructor(private readonly clock: Clock) {}

  /** The client's key of this id. A copy that lacks it is fetched again, unless the client's server never does so. */
  async find({ jwks, jwksUrl, refetch = true }: SmartClient, kid: string): Promise<JWK | undefined> {
    if (!jwksUrl) return byId(jwks?.keys ?? [], kid);
    const kept = this.#kept.get(jwksUrl);
    const isCurrent = kept !== undefined && this.clock.now().getTime() < kept.until;
    const known = isCurrent ? byId(kept.keys, kid) : undefined;
    if (known || (isCurrent && !refetch)) return known;
    return byId(await this.#fetch(jwksUrl), kid);
  }

  async #fetch(url: string): Promise<JWK[]> {
    this.fetches++;
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) }).catch(
      () => undefined,
    );
    if (!answer?.ok) return [];
    const { keys = [] } = (await answer.json()) as { keys?: JWK[] };
    const [, seconds = USUAL_SECONDS] = /max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '') ?? [];
    this.#kept.set(url, { keys, until: this.clock.now().getTime() + Number(seconds) * 1000 });
    return keys;
  }
}

const byId = (keys: JWK[], kid: string): JWK | undefined => keys.find((key) => key.kid === kid);
