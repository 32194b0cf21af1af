import type { IncomingHttpHeaders } from 'node:http';
import { refuse } from './refusal.js';
import type { Interaction } from '../profiles/profile.js';

export const FHIR_JSON = 'application/fhir+json';

const json = [FHIR_JSON, 'application/json', 'text/json'];
const acceptable = [...json, '*/*', 'application/*'];
const formatNames = [...json, 'json'];
const bodyTypes: Partial<Record<Interaction, string[]>> = {
  create: json,
  update: json,
  operation: json,
  patch: ['application/json-patch+json'],
  'search-type': ['application/x-www-form-urlencoded'],
};

/** Refuses with 406 a client that wants something other than JSON; `_format` outranks the Accept header. */
export function assertAcceptable(headers: IncomingHttpHeaders, params: URLSearchParams): void {
  const format = params.get('_format');
  const wanted = format ? [mediaType(format)] : (headers.accept ?? '*/*').split(',').map(mediaType);
  const known = format ? formatNames : acceptable;
  if (!wanted.some((type) => known.includes(type)))
    throw refuse(406, 'not-supported', 'This server speaks JSON only');
}

/** Refuses with 415 a body of another media type than the interaction takes. */
export function assertBodyType(interaction: Interaction, contentType: string | undefined): void {
  const known = bodyTypes[interaction];
  if (known && !known.includes(mediaType(contentType ?? ''))) {
    throw refuse(415, 'not-supported', `The body of ${interaction} must be ${known.join(' or ')}`);
  }
}

// A "+" of the media type arrives as a space where a client did not encode it in the query.
const mediaType = (value: string): string => value.split(';')[0]!.trim().toLowerCase().replace(' ', '+');
