import type { Bundle } from 'fhir/r4.js';
import type { Exchange } from '../fhir/exchange.js';
import type { Fault } from './fault-book.js';
import { FOREIGN_ORIGIN } from './next-links.js';

/** Patients are named, and attachments lie, at another origin. */
export function foreignReferences(exchange: Exchange, { origin = FOREIGN_ORIGIN }: Fault): void {
  const answer = exchange.answer();
  const { body } = answer;
  if (body === undefined) return exchange.answerWith(answer);
  const { entry, ...rest } = body as Bundle;
  const bent =
    rest.resourceType === 'Bundle'
      ? {
          ...rest,
          ...(entry && { entry: entry.map((one) => ({ ...one, resource: bend(one.resource, origin) })) }),
        }
      : bend(body, origin);
  exchange.answerWith({ ...answer, body: bent as object });
}

function bend(value: unknown, origin: string): unknown {
  if (Array.isArray(value)) return value.map((one) => bend(one, origin));
  if (typeof value !== 'object' || value === null) return value;
  const { reference, contentType, data, ...others } = value as Record<string, unknown>;
  const rest = Object.fromEntries(Object.entries(others).map(([name, one]) => [name, bend(one, origin)]));
  return {
    ...rest,
    ...(reference !== undefined && { reference: elsewhere(reference, origin) }),
    ...(contentType !== undefined && { contentType }),
    ...(data !== undefined && (contentType === undefined ? { data } : { url: `${origin}/fhir/Binary/1` })),
  };
}

const elsewhere = (reference: unknown, origin: string): unknown =>
  typeof reference === 'string' && reference.startsWith('Patient/')
    ? `${origin}/fhir/${reference}`
    : reference;
