import type { Child } from '../../../src/sandbox/run/children.js';

const LINES = 12;
const LENGTH = 300;

/** What a process wrote last: what is no log line, such as an uncaught error, before everything else. */
export function lastWords(child: Child): string {
  const lines = child.said().split('\n');
  const plain = lines.filter((line) => !line.startsWith('{'));
  const shown = plain.length > 0 ? plain : lines;
  return shown
    .slice(...(plain.length > 0 ? [0, LINES] : [-LINES]))
    .map((line) => `    ${line.slice(0, LENGTH)}`)
    .join('\n');
}
