import { circuitBreaker, ConsecutiveBreaker, handleAll, isBrokenCircuitError } from 'cockatiel';
import { type Need, scopesFor } from '../../domain/scopes.policy.js';
import type { Scopes } from '../../domain/smart.js';
import { signAssertion, type SigningKey } from './assertion.js';
import type { Credentials } from './credentials.js';
import { discover, type TokenEndpoint } from './discovery.js';
import { JsonHttp } from './json-http.js';
import { SignInFault, signInUnavailable } from './sign-in-fault.js';
import { requestToken } from './token-request.js';

export interface TokenSourceSettings {
  baseUrl: string;
  clientId: string;
  tokenUrl: string | null;
  /** Asked for in place of `needs`; none: as needed. */
  scopes: string[];
  needs: Need[];
  allowPrivateNetwork: boolean;
}

/** What a token source needs of the rest of the product. */
export interface TokenSourcePorts {
  /** The key that signs now. */
  key(): Promise<SigningKey>;
  /** The product's time: a token's end is something that a sandbox's moved clock must reach. */
  now(): Promise<Date>;
  /** A token was granted with these. */
  granted(scopes: Scopes): Promise<void>;
  /** The circuit opened. */
  stopped(): void;
}

interface Held {
  header: string;
  scopes: Scopes;
  /** Another is taken from then on. */
  staleAt: number;
}

/** A token that would end on its way is none; the EHR's clock and ours may differ by seconds. */
const REFRESH_BEFORE_MS = 45_000;
/** So many failures in a row open the circuit; then one try each half a minute. */
const FAILURES = 3;
const PROBE_AFTER_MS = 30_000;
/** What an endpoint may ask for at most: a wish for days would outlast whatever caused it. */
const LONGEST_QUIET_MS = 3_600_000;
/** Where to sign in is looked up again after this, and after each failure: it may have moved. */
const DISCOVERY_MS = 3_600_000;

/**
 * One connection's token: taken when it is needed, shared by all who wait, taken anew before it ends. While the token
 * endpoint is away, nobody gets a token, and the endpoint is asked rarely.
 */
export class TokenSource implements Credentials {
  private readonly http: JsonHttp;
  private readonly circuit = circuitBreaker(handleAll, {
    halfOpenAfter: PROBE_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  private held: Held | null = null;
  private flight: Promise<Held> | null = null;
  private endpoint: { found: TokenEndpoint; at: number } | null = null;
  /** Until then the endpoint is left alone; on the process's own clock. */
  private quietUntil = 0;
  private retired = false;

  constructor(
    private readonly settings: TokenSourceSettings,
    private readonly ports: TokenSourcePorts,
  ) {
    this.http = new JsonHttp(settings.allowPrivateNetwork);
    this.circuit.onBreak(() => {
      this.beQuiet(PROBE_AFTER_MS);
      ports.stopped();
    });
  }

  async header(): Promise<string> {
    return (await this.current()).header;
  }

  async scopes(): Promise<Scopes> {
    return (await this.current()).scopes;
  }

  /** Many who were refused with one token lead to one other. */
  renew(refused: string | null): boolean {
    if (this.held?.header === refused) this.held = null;
    return true;
  }

  retire(): void {
    this.retired = true;
    this.held = null;
    void this.http.close();
  }

  private async current(): Promise<Held> {
    const now = await this.ports.now();
    if (this.held && now.getTime() < this.held.staleAt) return this.held;
    this.flight ??= this.take().finally(() => (this.flight = null));
    return this.flight;
  }

  private async take(): Promise<Held> {
    const quietMs = this.quietUntil - performance.now();
    if (quietMs > 0) throw signInUnavailable(Math.ceil(quietMs / 1_000));
    try {
      return await this.circuit.execute(() => this.ask());
    } catch (error) {
      // The endpoint may have moved, or the EHR may know other scopes by now.
      this.endpoint = null;
      if (isBrokenCircuitError(error)) throw signInUnavailable(PROBE_AFTER_MS / 1_000);
      if (error instanceof SignInFault) this.beQuiet((error.retryAfterSeconds ?? 0) * 1_000);
      throw error;
    }
  }

  private async ask(): Promise<Held> {
    if (this.retired) throw signInUnavailable();
    const endpoint = await this.find();
    const { scopes, needs, clientId } = this.settings;
    const asked = scopes.length > 0 ? scopes : scopesFor(needs, endpoint.version, endpoint.supported);
    const now = await this.ports.now();
    const assertion = await signAssertion({
      clientId,
      tokenUrl: endpoint.url,
      key: await this.ports.key(),
      now,
    });
    const grant = await requestToken(this.http, endpoint.url, { assertion, asked });
    const lifetimeMs = grant.lifetimeSeconds * 1_000;
    const held: Held = {
      header: `Bearer ${grant.token}`,
      scopes: grant.scopes,
      staleAt: now.getTime() + lifetimeMs - Math.min(REFRESH_BEFORE_MS, lifetimeMs / 2),
    };
    await this.ports.granted(grant.scopes);
    if (!this.retired) this.held = held;
    return held;
  }

  private async find(): Promise<TokenEndpoint> {
    if (this.endpoint && performance.now() - this.endpoint.at < DISCOVERY_MS) return this.endpoint.found;
    const found = await discover(this.http, this.settings);
    this.endpoint = { found, at: performance.now() };
    return found;
  }

  private beQuiet(ms: number): void {
    this.quietUntil = Math.max(this.quietUntil, performance.now() + Math.min(ms, LONGEST_QUIET_MS));
  }
}
