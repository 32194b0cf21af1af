import type { Uuid } from '../../../platform/ids/ids.js';
import type { Span } from './span.policy.js';

export interface Link extends Span {
  patientId: Uuid;
  addressId: Uuid;
  rank: number;
  source: 'ehr' | 'staff' | 'patient';
  state: 'active' | 'ended';
}

/** An address that the EHR lists, and when it holds. */
export interface ListedAddress extends Span {
  addressId: Uuid;
}

export interface LinkChange {
  links: Link[];
  /** Where the patient can be reached and could not before. */
  fresh: Uuid[];
}

/**
 * What changes when the EHR lists these addresses, best first. What the EHR no longer lists ends; what staff or the
 * patient linked is left as it is.
 */
export function linksAfter(
  patientId: Uuid,
  listed: readonly ListedAddress[],
  present: readonly Link[],
): LinkChange {
  const known = new Map(present.map((link) => [link.addressId, link]));
  const wanted = listed.map(({ addressId, from, until }, index): Link => ({
    patientId,
    addressId,
    rank: index + 1,
    source: 'ehr',
    state: 'active',
    from,
    until,
  }));
  const changed = wanted.filter((link) => differs(link, known.get(link.addressId)));
  const ended = present
    .filter(
      ({ source, state, addressId }) =>
        source === 'ehr' && state === 'active' && !listed.some((one) => one.addressId === addressId),
    )
    .map((link): Link => ({ ...link, state: 'ended' }));
  const fresh = changed
    .map(({ addressId }) => addressId)
    .filter((addressId) => known.get(addressId)?.state !== 'active');
  return { links: [...changed, ...ended], fresh };
}

function differs(link: Link, known: Link | undefined): boolean {
  if (!known || known.state === 'ended') return true;
  if (known.source !== 'ehr') return false;
  return known.rank !== link.rank || !sameTime(known.from, link.from) || !sameTime(known.until, link.until);
}

function sameTime(one: Date | null, other: Date | null): boolean {
  return one?.getTime() === other?.getTime();
}
