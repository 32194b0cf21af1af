import type { Clock } from '../clock.js';
import type { SmartClient } from './client.js';
import { KeyCache } from './key-cache.js';
import { Tokens } from './tokens.js';

/** What a FHIR request must show. */
export type Access =
  | { mode: 'none' }
  | { mode: 'smart' }
  | { mode: 'basic'; username: string; password: string }
  | { mode: 'bearer'; token: string };

export interface SmartSettings {
  versions: ('v1' | 'v2')[];
  /** Grants no more than this. */
  narrowTo: string[] | null;
  lifetimeSeconds: number;
  /** Where the token endpoint says that it is; without it below the hospital's own name. */
  tokenUrl: string | null;
}

export type TokenFaultName = 'down' | 'slow' | 'throttle' | 'html';

export interface TokenFault {
  name: TokenFaultName;
  /** How many requests it spoils; without it until cleared. */
  count?: number;
  /** down, throttle: Retry-After. */
  seconds?: number;
  /** slow. */
  ms?: number;
}

/** One request at the token endpoint: never an assertion or a token. */
export interface TokenRequest {
  n: number;
  at: string;
  status: number;
  error?: string;
  /** Which of the client's keys signed. */
  kid?: string;
  asked?: string;
  granted?: string;
}

/** A hospital's authorization server, and who may come in without one. */
export class SmartServer {
  access: Access = { mode: 'none' };
  readonly clients = new Map<string, SmartClient>();
  readonly settings: SmartSettings = {
    versions: ['v1', 'v2'],
    narrowTo: null,
    lifetimeSeconds: 300,
    tokenUrl: null,
  };
  readonly requests: TokenRequest[] = [];
  readonly keys: KeyCache;
  readonly tokens: Tokens;
  /** Of assertions that were used, until they end: milliseconds. */
  readonly used = new Map<string, number>();
  faults: TokenFault[] = [];

  constructor(
    slug: string,
    readonly clock: Clock,
  ) {
    this.keys = new KeyCache(clock);
    this.tokens = new Tokens(slug, clock);
  }

  record(request: Omit<TokenRequest, 'n' | 'at'>): void {
    this.requests.push({ n: this.requests.length + 1, at: this.clock.now().toISOString(), ...request });
  }

  /** The fault that spoils this request, counted as used. */
  takeFault(): TokenFault | undefined {
    const [fault] = this.faults;
    if (fault?.count !== undefined && --fault.count <= 0) this.faults.shift();
    return fault;
  }
}
