import { Fault } from '../errors/fault.js';

/** Deeper JSON has no honest use here, and 3 MB of open brackets block the process for half a second (measured). */
export const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` differ in this one bit, and so do `]` and `}`. */
const CURLY = 0x20;
const OPEN = 0x5b | CURLY;
const CLOSE = 0x5d | CURLY;

/**
 * What a body with a forbidden key must hold somewhere: the key itself, or an escape that spells a lower-case letter or
 * the underscore. Meta escapes what lies above U+007F and nothing else, so that its bodies hold neither. Asking every
 * key of every body by a reviver costs more than the parsing itself (measured: two and a half times as much for 0.5 kB).
 */
const SUSPICIOUS = /__proto__|"constructor"|\\u00(?:5[fF]|[67])/;

/** Parses JSON from outside. Throws Fault json.too-deep, json.malformed, json.forbidden-key (all 400). */
export function parseJson(bytes: Buffer): unknown {
  if (depthOf(bytes) > MAX_DEPTH)
    throw refused('json.too-deep', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    const text = bytes.toString('utf8');
    return SUSPICIOUS.test(text) ? JSON.parse(text, refuseForbiddenKey) : JSON.parse(text);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw refused('json.malformed', 'The body is not JSON.');
  }
}

/** Levels of nesting, by one pass over the bytes; stops counting one above the limit. */
function depthOf(bytes: Buffer): number {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if ((byte | CURLY) === OPEN && ++depth > MAX_DEPTH) return depth;
    else if ((byte | CURLY) === CLOSE) depth--;
  }
  return depth;
}

/** JSON.parse keeps an own `__proto__`, which Object.assign then makes the prototype. */
function refuseForbiddenKey(key: string, value: unknown): unknown {
  const pollutes =
    key === '__proto__' || (key === 'constructor' && isObject(value) && Object.hasOwn(value, 'prototype'));
  if (pollutes) throw refused('json.forbidden-key', 'The body has a key that is never allowed.');
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function refused(code: string, words: string): Fault {
  return new Fault({ code, kind: 'invalid', words });
}
