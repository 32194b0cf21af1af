import type { Hospital } from '../hospital.js';
import type { Interaction } from '../profiles/profile.js';
import { type ResourceType, resourceTypes } from '../resource.js';

/** SMART App Launch 2.2: create, read, update, delete, search, in this order. */
const LETTERS = 'cruds';
const OF_INTERACTION: Partial<Record<Interaction, string>> = {
  create: 'c',
  read: 'r',
  update: 'u',
  patch: 'u',
  delete: 'd',
  'search-type': 's',
  // SMART has no letter for an operation: those of scheduling are for who may make visits.
  operation: 'c',
};
const V1: Record<string, string> = { read: 'rs', write: 'cud', '*': LETTERS };

interface Scope {
  type: string;
  letters: string;
  version: 'v1' | 'v2';
  /** As it was written. */
  text: string;
}

/** What the server can be asked for, in the ways of writing that it knows. */
export function offeredScopes({ profile, smart }: Hospital): string[] {
  return resourceTypes.flatMap((type) => {
    const { interactions } = profile.types[type];
    const letters = sorted(interactions.map((one) => OF_INTERACTION[one] ?? '').join(''));
    return smart.settings.versions.flatMap((version) => written(type, letters, version));
  });
}

/** What is granted of what was asked for: no more than each of the limits. */
export function negotiate(
  asked: readonly string[],
  limits: readonly string[][],
  versions: string[],
): string[] {
  return asked.flatMap((text) => {
    const scope = parsed(text);
    if (!scope || !versions.includes(scope.version)) return [];
    const letters = [...scope.letters].filter((one) =>
      limits.every((limit) => admits(limit, scope.type, one)),
    );
    return written(scope.type, letters.join(''), scope.version);
  });
}

/** Whether these scopes let a request through. */
export function admitsRequest(
  scopes: readonly string[],
  type: ResourceType,
  interaction: Interaction,
): boolean {
  const letter = OF_INTERACTION[interaction];
  return letter !== undefined && admits(scopes, type, letter);
}

function admits(scopes: readonly string[], type: string, letter: string): boolean {
  return scopes.some((text) => {
    const scope = parsed(text);
    return scope !== undefined && [type, '*'].includes(scope.type) && scope.letters.includes(letter);
  });
}

function parsed(text: string): Scope | undefined {
  const [, type, rights = ''] = /^system\/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)$/.exec(text) ?? [];
  if (!type || rights === '') return undefined;
  const v1 = V1[rights];
  return v1 ? { type, letters: v1, version: 'v1', text } : { type, letters: rights, version: 'v2', text };
}

function written(type: string, letters: string, version: 'v1' | 'v2'): string[] {
  if (version === 'v2') return letters === '' ? [] : [`system/${type}.${sorted(letters)}`];
  const has = (wanted: string): boolean => [...wanted].some((one) => letters.includes(one));
  return [...(has('rs') ? [`system/${type}.read`] : []), ...(has('cu') ? [`system/${type}.write`] : [])];
}

const sorted = (letters: string): string => [...LETTERS].filter((one) => letters.includes(one)).join('');
