/** Words for the person who starts the process, beside the log: what is wrong with what they configured. */
export function tellOperator(lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
}
