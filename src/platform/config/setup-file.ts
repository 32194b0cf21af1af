import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { ConfigurationFault } from './settings.js';

/** The setup file as plain data. Throws ConfigurationFault when it cannot be read or is no YAML. */
export function readSetupFile(path: string): unknown {
  const document = parseDocument(read(path), { prettyErrors: true });
  if (document.errors.length > 0) {
    // The first line names the place; the lines below it would quote the file, secrets and all.
    throw new ConfigurationFault(document.errors.map((error) => `${path}: ${error.message.split('\n')[0]}`));
  }
  return document.toJS() as unknown;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigurationFault([`CARETHREAD_SETUP_FILE: ${path} cannot be read.`]);
  }
}
