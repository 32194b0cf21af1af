import ipaddr from 'ipaddr.js';

/** What a hospital inside its own network may need. Link-local stays out: cloud metadata services live there. */
const INSIDE = new Set(['unicast', 'private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** The first 96 bits zero: IPv4 in disguise that ipaddr.js calls unicast. */
const IPV4_COMPATIBLE = ipaddr.IPv6.parse('::');

/**
 * Whether an outgoing call may go to this IP address, given as text. Public addresses only, or also those of the
 * own network. IPv4 mapped into IPv6 is judged as IPv4; what is no address is refused.
 */
export function isAllowedAddress(text: string, allowPrivateNetwork: boolean): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  const range = rangeOf(address);
  return allowPrivateNetwork ? INSIDE.has(range) : range === 'unicast';
}

function rangeOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  const range = address.range();
  if (address.kind() === 'ipv4' || range !== 'unicast') return range;
  return (address as ipaddr.IPv6).match(IPV4_COMPATIBLE, 96) ? 'reserved' : range;
}
