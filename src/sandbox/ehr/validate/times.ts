import { DateTime } from 'luxon';
import type { Issue } from '../fhir/refusal.js';
import { badValue } from './issue.js';

const instantShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const partialDateShape = /^\d{4}(-\d\d(-\d\d)?)?$/;

/** A FHIR instant: seconds and an offset, on a day that the calendar has. */
export const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && instantShape.test(value) && DateTime.fromISO(value).isValid;

export function instantIssues(value: unknown, path: string): Issue[] {
  if (value === undefined || isInstant(value)) return [];
  return [badValue(path, `${path} must be an instant with seconds and an offset`)];
}

/** A FHIR dateTime: a year, a month, a day, or an instant. */
export function dateTimeIssues(value: unknown, path: string): Issue[] {
  return value === undefined || isInstant(value) || isDate(value)
    ? []
    : [badValue(path, `${path} must be a date, or a time with seconds and an offset`)];
}

export const isDate = (value: unknown): boolean =>
  typeof value === 'string' && partialDateShape.test(value) && DateTime.fromISO(value).isValid;
