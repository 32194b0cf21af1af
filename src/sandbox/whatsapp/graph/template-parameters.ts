import type { Template } from '../model.js';
import { isText, recordOf, type Json } from '../json.js';
import { componentOf, variablesOf } from '../templates/variables.js';
import { GraphError } from './graph-error.js';

const FORBIDDEN_IN_PARAMETER = /[\n\r\t]| {5,}/;

/** The values for the variables of the header or the body, by variable name (a number when positional). */
export function textParameters(
  template: Template,
  type: 'HEADER' | 'BODY',
  given: Json[],
): Map<string, string> {
  const where = type.toLowerCase();
  const expected = variablesOf(componentOf(template, type)?.text);
  if (given.length !== expected.length) throw wrongCount(where, given.length, expected.length);
  const named = template.parameter_format === 'NAMED';
  return new Map(
    given.map((parameter, at) => [
      nameOf(parameter, { where, named, expected, at }),
      valueOf(parameter, where),
    ]),
  );
}

/** A header is text with variables, or one medium of the approved kind. */
export function headerParameters(template: Template, given: Json[]): void {
  const format = componentOf(template, 'HEADER')?.format ?? 'TEXT';
  if (format === 'TEXT') return void textParameters(template, 'HEADER', given);
  if (given.length !== 1) throw wrongCount('header', given.length, 1);
  const kind = given[0]!['type'];
  if (kind !== format.toLowerCase()) {
    throw new GraphError(
      132012,
      `header: Format mismatch, expected ${format}, received ${String(kind).toUpperCase()}`,
    );
  }
}

interface Place {
  where: string;
  named: boolean;
  expected: string[];
  at: number;
}

function nameOf(parameter: Json, { where, named, expected, at }: Place): string {
  const given = parameter['parameter_name'];
  if (!named && given === undefined) return String(at + 1);
  if (!named) throw new GraphError(132012, `${where}: a positional template takes no parameter names`);
  if (!isText(given) || !expected.includes(given)) {
    throw new GraphError(132012, `${where}: Parameter name is missing or not in the template`);
  }
  return given;
}

function valueOf(parameter: Json, where: string): string {
  const text = rawValueOf(parameter, where);
  if (!isText(text) || text === '')
    throw new GraphError(131008, `${where}: Parameter of type text is missing text value`);
  if (FORBIDDEN_IN_PARAMETER.test(text)) {
    throw new GraphError(
      132018,
      'Param text cannot have new-line/tab characters or more than 4 consecutive spaces',
    );
  }
  return text;
}

function rawValueOf(parameter: Json, where: string): unknown {
  const { type } = parameter;
  if (type === 'text') return parameter['text'];
  if (type === 'currency' || type === 'date_time') return recordOf(parameter[type])['fallback_value'];
  throw new GraphError(
    132012,
    `${where}: Format mismatch, expected TEXT, received ${String(type).toUpperCase()}`,
  );
}

const wrongCount = (where: string, given: number, expected: number): GraphError =>
  new GraphError(
    132000,
    `${where}: number of localizable_params (${given}) does not match the expected number of params (${expected})`,
  );
