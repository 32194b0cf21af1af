import { isRecord, isText, type Json } from '../json.js';
import { GraphError } from './graph-error.js';

/** An object of the message itself, for example `text` or `interactive`; missing is error 100. */
export function node(parent: Json, key: string): Json {
  const value = parent[key];
  if (value === undefined || value === null) throw new GraphError(100, `The parameter ${key} is required.`);
  if (!isRecord(value)) throw new GraphError(100, `Param ${key} must be a JSON object.`);
  return value;
}

/** A part inside such an object; missing is error 131008. */
export function part(parent: Json, key: string, path: string): Json {
  const value = parent[key];
  if (value === undefined || value === null) throw new GraphError(131008, `${path} is required.`);
  if (!isRecord(value)) throw new GraphError(131009, `${path} must be a JSON object.`);
  return value;
}

export function parts(parent: Json, key: string, path: string, limits: { min: number; max: number }): Json[] {
  const value = parent[key];
  if (value === undefined || value === null) throw new GraphError(131008, `${path} is required.`);
  if (!Array.isArray(value) || !value.every(isRecord))
    throw new GraphError(131009, `${path} must be an array of objects.`);
  if (value.length < limits.min || value.length > limits.max) {
    throw new GraphError(131009, `${path} count invalid. Min: ${limits.min}, Max: ${limits.max}`);
  }
  return value;
}

/** A text of at least one character, at most `max` UTF-16 units. */
export function words(parent: Json, key: string, path: string, max: number): string {
  const value = parent[key];
  if (value === undefined || value === null) throw new GraphError(131008, `${path} is required.`);
  if (!isText(value) || value.length === 0 || value.length > max) {
    throw new GraphError(131009, `${path} length invalid. Min length: 1, Max length: ${max}`);
  }
  return value;
}

export function optionalWords(parent: Json, key: string, path: string, max: number): string | undefined {
  return parent[key] === undefined ? undefined : words(parent, key, path, max);
}

export function unique(values: string[], path: string): void {
  if (new Set(values).size !== values.length) throw new GraphError(131009, `Duplicated ${path}`);
}
