import { ownAddress } from '../domain/inside.js';
import { keyText, parseReference } from '../domain/reference.js';
import { type FhirFault, foreignAddress, MergedRecord, redirected } from './fhir-fault.js';

interface Redirect {
  status: number;
  /** The Location header, RFC 9110 section 10.2.2: absolute, or relative to the address that was asked. */
  location: string | null;
}

/** What fhir-kit-client throws for a 3xx under `redirect: manual`; null for anything else. */
export function redirectIn(error: unknown): Redirect | null {
  const { response, config } = error as { response?: { status: number }; config?: { headers: Headers } };
  if (!response || !config || response.status < 300 || response.status >= 400) return null;
  return { status: response.status, location: config.headers.get('location') };
}

/**
 * A patient record that was merged sends its readers on (Epic: 301 with code 4107). The address is taken as knowledge
 * when it is a Patient below one of the connection's bases; no request goes there. Anything else fails closed.
 */
export function mergeIn(
  { status, location }: Redirect,
  asked: { bases: readonly [URL, ...URL[]]; id: string },
): FhirFault {
  if (location === null) return redirected(status);
  const [base] = asked.bases;
  const from = `${base.href.replace(/\/*$/, '/')}Patient/${asked.id}`;
  if (!URL.canParse(location, from)) return foreignAddress();
  const url = ownAddress(new URL(location, from).href, asked.bases);
  if (!url) return foreignAddress();
  const survivor = parseReference(url.href, base.href);
  if (survivor?.type !== 'Patient' || survivor.id === asked.id) return redirected(status);
  return new MergedRecord(status, keyText(survivor));
}
