import type { CodeableConcept, Coding, Identifier, Reference } from 'fhir/r4.js';
import type { Resource, ResourceType } from '../resource.js';

export interface Token {
  system?: string;
  code: string;
}

/** `index`: the store keeps the rows under this value, so that a search by it reads only those. */
export type Parameter =
  | { type: 'token'; index?: true; values(resource: Resource): Token[] }
  | { type: 'reference'; index?: true; target?: ResourceType; values(resource: Resource): string[] }
  | { type: 'date'; index?: { bucketMs: number }; values(resource: Resource): unknown[] };

const listed = <T>(value: unknown): T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as T[]) : [value as T];

/** `Type/id` of a relative or absolute reference, without a version. */
export function localReference(reference: string): string {
  return reference
    .replace(/\/_history\/.*$/, '')
    .split('/')
    .slice(-2)
    .join('/');
}

/** The local references in an element that holds one or a list of them. */
export const referencesIn = (value: unknown): string[] =>
  listed<Reference>(value).flatMap(({ reference }) => (reference ? [localReference(reference)] : []));

export const code = (element: string): Parameter => ({
  type: 'token',
  values: ({ [element]: value }) => (value === undefined ? [] : [{ code: String(value) }]),
});

/** A CodeableConcept, or a list of them. */
export const concept = (element: string): Parameter => ({
  type: 'token',
  values: ({ [element]: value }) =>
    listed<CodeableConcept>(value).flatMap(({ coding = [] }) => tokensOf(coding)),
});

const tokensOf = (codings: Coding[]): Token[] =>
  codings.map(({ system, code: value = '' }) => ({ system, code: value }));

export const identifiers = (element: string): Parameter => ({
  type: 'token',
  index: true,
  values: ({ [element]: value }) =>
    listed<Identifier>(value).map(({ system, value: found = '' }) => ({ system, code: found })),
});

/** A date, dateTime or instant, or the start of a Period. */
export const date = (element: string, index?: { bucketMs: number }): Parameter => ({
  type: 'date',
  ...(index && { index }),
  values: ({ [element]: value }) => [typeof value === 'object' ? (value as { start?: string }).start : value],
});

export const reference = (element: string): Parameter => ({
  type: 'reference',
  values: ({ [element]: value }) => referencesIn(value),
});

/** Only references to `target`; the store keeps the rows under them. */
export const referenceTo = (target: ResourceType, element: string): Parameter => ({
  type: 'reference',
  index: true,
  target,
  values: ({ [element]: value }) => referencesIn(value).filter((found) => found.startsWith(`${target}/`)),
});
