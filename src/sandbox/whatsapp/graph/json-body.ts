import type { Call } from '../http.js';
import { isRecord, type Json } from '../json.js';
import { GraphError } from './graph-error.js';

export function jsonBody({ body }: Call): Json {
  const parsed = parse(body.toString('utf8') || '{}');
  if (!isRecord(parsed)) throw new GraphError(100, 'The body must be a JSON object.');
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphError(100, 'The body is not valid JSON.');
  }
}
