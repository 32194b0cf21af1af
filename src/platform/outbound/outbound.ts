import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher, interceptors } from 'undici';
import { isAllowedAddress } from './address.policy.js';

export interface OutboundOptions {
  /** Whether loopback and private addresses may be called: for an EHR inside the hospital's network. */
  allowPrivateNetwork: boolean;
  connectTimeoutMs?: number;
  /** The answer's headers, and each pause in its body, come within this; a call's whole limit is its AbortSignal. */
  silenceTimeoutMs?: number;
  /** Of an answer as it comes, and of what it unpacks to. */
  maxResponseBytes: number;
  /** To one origin at the same time. */
  connections: number;
}

/** The address may not be called. Says neither the name nor the address: a name may tell of a patient's clinic. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor() {
    super('the address is outside of what outgoing calls may reach');
    this.name = 'AddressRefused';
  }
}

const CONNECT_TIMEOUT_MS = 3_000;
const SILENCE_TIMEOUT_MS = 30_000;

/**
 * The way out for every outgoing call: an undici dispatcher. Names are resolved once, every address of a name must
 * be allowed, and the socket goes to an address so checked. Redirects are never followed by it; with fetch, pass
 * `redirect: 'manual'`. Close it when done.
 */
export function createOutbound(options: OutboundOptions): Dispatcher {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    lookup: checkedLookup(options.allowPrivateNetwork),
  });
  const silence = options.silenceTimeoutMs ?? SILENCE_TIMEOUT_MS;
  const agent = new Agent({
    connect: (target, callback) => {
      // A literal address is connected to without any lookup.
      if (isRefusedLiteral(target.hostname, options.allowPrivateNetwork)) {
        callback(new AddressRefused(), null);
        return;
      }
      connect(target, callback);
    },
    connections: options.connections,
    headersTimeout: silence,
    bodyTimeout: silence,
    maxResponseSize: options.maxResponseBytes,
  });
  // fetch would unpack without a limit: 300 KB of gzip are 300 MB of blanks.
  return agent.compose(
    interceptors.decompress({ maxSize: options.maxResponseBytes, skipErrorResponses: false }),
  );
}

function isRefusedLiteral(hostname: string, allowPrivateNetwork: boolean): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 && !isAllowedAddress(bare, allowPrivateNetwork);
}

function checkedLookup(allowPrivateNetwork: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.some(({ address }) => !isAllowedAddress(address, allowPrivateNetwork));
      if (refused || addresses.length === 0) return callback(new AddressRefused(), []);
      if (options.all) return callback(null, addresses);
      return callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
