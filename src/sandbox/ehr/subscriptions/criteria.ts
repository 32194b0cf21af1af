import { Refusal } from '../fhir/refusal.js';
import type { Hospital } from '../hospital.js';
import type { StoredResource } from '../resource.js';
import type { Criterion } from '../search/criterion.js';
import { readQuery } from '../search/query.js';
import { subjectOf } from './wish.js';

/** What a row must be like for a Subscription to tell of it; undefined where this server has no such search. */
export function criteriaOf(hospital: Hospital, subscription: StoredResource): Criterion[] | undefined {
  const { type, query } = subjectOf(subscription)!;
  try {
    return readQuery({ hospital, type, params: new URLSearchParams(query), handling: 'strict' }).criteria;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
