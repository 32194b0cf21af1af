import type { Uuid } from '../../../platform/ids/ids.js';

export interface Link {
  patientId: Uuid;
  addressId: Uuid;
  rank: number;
  source: 'ehr' | 'staff' | 'patient';
  state: 'active' | 'ended';
}

export interface LinkChange {
  links: Link[];
  /** Reachable at an address where the patient was not before. */
  linked: boolean;
}

/**
 * What changes when the EHR lists these addresses, best first. What the EHR no longer lists ends; what staff or the
 * patient linked is left as it is.
 */
export function linksAfter(patientId: Uuid, listed: readonly Uuid[], present: readonly Link[]): LinkChange {
  const known = new Map(present.map((link) => [link.addressId, link]));
  const wanted = listed.map((addressId, index): Link => ({
    patientId,
    addressId,
    rank: index + 1,
    source: 'ehr',
    state: 'active',
  }));
  const changed = wanted.filter((link) => differs(link, known.get(link.addressId)));
  const ended = present
    .filter(
      ({ source, state, addressId }) => source === 'ehr' && state === 'active' && !listed.includes(addressId),
    )
    .map((link): Link => ({ ...link, state: 'ended' }));
  const linked = changed.some(({ addressId }) => known.get(addressId)?.state !== 'active');
  return { links: [...changed, ...ended], linked };
}

function differs(link: Link, known: Link | undefined): boolean {
  if (!known || known.state === 'ended') return true;
  return known.source === 'ehr' && known.rank !== link.rank;
}
