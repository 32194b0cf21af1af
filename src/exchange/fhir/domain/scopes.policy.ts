import { BESIDE } from './beside.js';
import type { ConnectionSettings } from './connection.js';
import { KEEPABLE } from './kept.js';
import { VENDORS } from './vendors.js';

/** SMART App Launch 2.2, scopes: create, read, update, delete, search, in this order. */
type Letter = 'c' | 'r' | 'u' | 'd' | 's';

export interface Need {
  type: string;
  /** In the order of `cruds`. */
  letters: string;
  /** Asked for only where the EHR names it among the scopes that it knows. */
  optional?: boolean;
}

const V1: Record<string, string> = { read: 'rs', write: 'cud', '*': 'cruds' };

type Use = Pick<ConnectionSettings, 'profile' | 'appointmentWrite' | 'summaryCarrier' | 'subscription'>;

/**
 * What a connection does with the EHR, type by type. Where the hospital says nothing, what the vendor is known not to
 * take is not asked for: a token endpoint may refuse everything for the sake of one scope that it does not know.
 */
export function needsOf(use: Use): Need[] {
  const appointment = changesOf(use);
  const communication = lettersOfCommunication(use);
  return [
    { type: 'Appointment', letters: appointment },
    ...['Patient', 'Practitioner', 'Location'].map((type) => ({ type, letters: 'rs' })),
    ...(communication === '' ? [] : [{ type: 'Communication', letters: communication }]),
    ...(use.subscription === 'none' ? [] : [{ type: 'Subscription', letters: 'crus' }]),
    // Binary: what a Communication keeps its texts in.
    ...['Binary', ...BESIDE].map((type) => ({ type, letters: 'rs', optional: true })),
    // A store of resources leaves it to us to mark a slot busy.
    { type: 'Slot', letters: appointment === 'crus' ? 'rus' : 'rs', optional: true },
    ...KEEPABLE.map((type) => ({ type, letters: 'crs', optional: true })),
    ...(communication === '' ? [] : [{ type: 'Provenance', letters: 'crs', optional: true }]),
  ];
}

function changesOf({ profile, appointmentWrite }: Use): string {
  const vendor = VENDORS[profile];
  const level = appointmentWrite === 'auto' ? vendor.appointmentWrite : appointmentWrite;
  if (level === 'L0') return 'rs';
  const books = level === undefined || level === 'L3' || (appointmentWrite === 'auto' && vendor.booking);
  return books ? 'crus' : 'rus';
}

function lettersOfCommunication({ profile, summaryCarrier }: Use): string {
  const vendor = VENDORS[profile];
  const carrier = summaryCarrier === 'auto' ? vendor.summaryCarrier : summaryCarrier;
  if (carrier === 'F') return '';
  return vendor.communicationChange === 'none' ? 'crs' : 'crus';
}

/** The scopes to ask for. `supported`: what the EHR says that it knows; none when it says nothing. */
export function scopesFor(
  needs: readonly Need[],
  version: 'v1' | 'v2',
  supported: readonly string[],
): string[] {
  const known = supported.filter((scope) => scope.startsWith('system/'));
  return needs.flatMap(({ type, letters, optional }) => {
    if (known.length === 0 && optional) return [];
    const able =
      known.length === 0 ? letters : [...letters].filter((one) => permits(known, type, one)).join('');
    return able === '' ? [] : written(type, able, version);
  });
}

/** Whether these scopes let us do this with this type. Of a scope that holds for a part of the records, only reading counts. */
export function permits(scopes: readonly string[], type: string, letter: string): boolean {
  return scopes.some((scope) => {
    const [, of, rights = '', part] = /^system\/([A-Za-z*]+)\.([a-z*]+)(\?.+)?$/.exec(scope) ?? [];
    if (of !== type && of !== '*') return false;
    if (part !== undefined && !'rs'.includes(letter)) return false;
    return (V1[rights] ?? rights).includes(letter as Letter);
  });
}

function written(type: string, letters: string, version: 'v1' | 'v2'): string[] {
  if (version === 'v2') return [`system/${type}.${letters}`];
  const reads = /[rs]/.test(letters) ? [`system/${type}.read`] : [];
  return /[cud]/.test(letters) ? [...reads, `system/${type}.write`] : reads;
}
