import { refuse } from '../fhir/refusal.js';
import type { Resource } from '../resource.js';
import { bounds, compares, type Prefix, prefixes, type Range, spanOf, storedSpan } from './date-range.js';
import { localReference, type Parameter, type Token } from './parameter-kinds.js';

/** One `name=value` of a search, ready to run. */
export interface Criterion {
  name: string;
  matches(resource: Resource): boolean;
  /** Index keys under which every match lies; absent when the index cannot help. */
  keys?: string[];
  /** The time in which every match lies. */
  within?: Range;
}

export interface Asked {
  name: string;
  /** A comma means "or". */
  value: string;
  parameter: Parameter;
  /** The zone in which the server reads a date without offset. */
  zone: string;
}

export function compile({ name, value, parameter, zone }: Asked): Criterion {
  const alternatives = value.split(',').map((part) => part.trim());
  if (alternatives.some((part) => part === ''))
    throw refuse(400, 'invalid', `The parameter ${name} has an empty value`);
  if (parameter.type === 'date') return dateCriterion({ name, parameter, alternatives, zone });
  return parameter.type === 'token'
    ? tokenCriterion(name, parameter, alternatives)
    : referenceCriterion(name, parameter, alternatives);
}

function tokenCriterion(
  name: string,
  parameter: Parameter & { type: 'token' },
  alternatives: string[],
): Criterion {
  const tests = alternatives.map(tokenTest);
  const indexable =
    parameter.index && alternatives.every((part) => !part.endsWith('|') && !part.startsWith('|'));
  return {
    name,
    matches: (resource) => parameter.values(resource).some((token) => tests.some((test) => test(token))),
    ...(indexable && { keys: alternatives }),
  };
}

/** `code`, `system|code`, `|code` (no system) and `system|` (any code). */
function tokenTest(asked: string): (token: Token) => boolean {
  const bar = asked.indexOf('|');
  if (bar < 0) return ({ code }) => code === asked;
  const [system, wanted] = [asked.slice(0, bar), asked.slice(bar + 1)];
  return (token) => (token.system ?? '') === system && (wanted === '' || token.code === wanted);
}

export const tokenKeys = ({ system, code }: Token): string[] =>
  system ? [code, `${system}|${code}`] : [code];

function referenceCriterion(
  name: string,
  parameter: Parameter & { type: 'reference' },
  alternatives: string[],
): Criterion {
  const { target } = parameter;
  const wanted = alternatives.map((part) => (part.includes('/') ? localReference(part) : part));
  const full = wanted.map((part) => (target && !part.includes('/') ? `${target}/${part}` : part));
  const same = (reference: string): boolean =>
    full.some((part) => part === reference || (!part.includes('/') && reference.endsWith(`/${part}`)));
  return {
    name,
    matches: (resource) => parameter.values(resource).some(same),
    ...(parameter.index && full.every((part) => part.includes('/')) && { keys: full }),
  };
}

interface DateQuestion {
  name: string;
  parameter: Parameter & { type: 'date' };
  alternatives: string[];
  zone: string;
}

function dateCriterion({ name, parameter, alternatives, zone }: DateQuestion): Criterion {
  const asked = alternatives.map((part) => parseDate(name, part, zone));
  const matches = (resource: Resource): boolean =>
    parameter.values(resource).some((value) => {
      const stored = storedSpan(value, zone);
      return stored !== undefined && asked.some(({ prefix, span }) => compares(prefix, stored, span));
    });
  return {
    name,
    matches,
    ...(parameter.index && { within: hull(asked.map(({ prefix, span }) => bounds(prefix, span))) }),
  };
}

function parseDate(name: string, text: string, zone: string): { prefix: Prefix; span: Range } {
  const prefix = prefixes.find((known) => text.startsWith(known));
  const span = spanOf(prefix ? text.slice(prefix.length) : text, zone);
  if (!span)
    throw refuse(400, 'value', `The parameter ${name} needs a date, with "+" of an offset sent as %2B`);
  return { prefix: prefix ?? 'eq', span };
}

function hull(ranges: Range[]): Range {
  return { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
}
