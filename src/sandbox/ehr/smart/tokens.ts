import { randomBytes, randomUUID } from 'node:crypto';
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.js';

/** Access tokens of one hospital: signed by the server, short-lived, each known until it is taken back. */
export class Tokens {
  #secret = randomBytes(32);
  #valid = new Set<string>();

  constructor(
    private readonly slug: string,
    private readonly clock: Clock,
  ) {}

  async issue(scope: string, lifetimeSeconds: number): Promise<string> {
    const jti = randomUUID();
    const now = Math.floor(this.clock.now().getTime() / 1000);
    this.#valid.add(jti);
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(this.slug)
      .setJti(jti)
      .setExpirationTime(now + lifetimeSeconds)
      .sign(this.#secret);
  }

  /** The scopes of a token that holds now; undefined of any other. */
  async scopesOf(token: string): Promise<string[] | undefined> {
    const options = { algorithms: ['HS256'], currentDate: this.clock.now(), issuer: this.slug };
    const verified = await jwtVerify(token, this.#secret, options).catch(() => undefined);
    if (!verified?.payload.jti || !this.#valid.has(verified.payload.jti)) return undefined;
    return String(verified.payload['scope']).split(' ');
  }

  /** Takes back every token. */
  revoke(): void {
    this.#valid.clear();
  }

  /** The server signs with another key: what the one before signed is worth nothing. */
  rotate(): void {
    this.#secret = randomBytes(32);
  }
}

/** Which hospital a token says it is of; nothing of it is proven. */
export function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
