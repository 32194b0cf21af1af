import { readFileSync } from 'node:fs';
import { type Document, parseDocument, type YAMLError } from 'yaml';
import { ConfigurationFault } from './settings.js';

/** The setup file as plain data. Throws ConfigurationFault when it cannot be read or is no YAML. */
export function readSetupFile(path: string): unknown {
  const document = parseDocument(read(path), { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new ConfigurationFault(document.errors.map((error) => `${path}${placeOf(error)}`));
  }
  return plainDataOf(document, path);
}

/** An alias without its anchor, or thousands of them, shows only here. */
function plainDataOf(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    // Its message would have the alias: what follows a * may be the beginning of a secret without its quotes.
    throw new ConfigurationFault([`${path}: it has an alias (*name) that cannot be resolved.`]);
  }
}

/** Where and what, in the parser's code for it: its message quotes the file, and a secret that begins with * or &. */
function placeOf({ code, linePos }: YAMLError): string {
  const [start] = linePos ?? [];
  const place = start ? `, line ${start.line}, column ${start.col}` : '';
  return `${place}: this is not YAML (${code.toLowerCase().replaceAll('_', ' ')}).`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigurationFault([`CARETHREAD_SETUP_FILE: ${path} cannot be read.`]);
  }
}
