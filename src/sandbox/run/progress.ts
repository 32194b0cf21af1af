const BAR = 24;

/** What the person at the terminal sees: on stderr, so that stdout stays the JSON document's. */
export class Progress {
  private readonly live = process.stderr.isTTY === true;
  private current = '';

  say(text: string): void {
    this.clear();
    process.stderr.write(`${text}\n`);
  }

  begin(name: string, words: string): void {
    this.current = `  ${name.padEnd(10)} ${words}`;
    if (this.live) process.stderr.write(this.current);
  }

  /** Draws a bar behind the words of the step under way. */
  advance(done: number, of: number): void {
    if (!this.live) return;
    const filled = Math.round((BAR * done) / of);
    process.stderr.write(`\r\u001b[2K${this.current}  [${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`);
  }

  end(ok: boolean, name: string, words: string): void {
    this.clear();
    process.stderr.write(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${words}\n`);
  }

  private clear(): void {
    if (this.live) process.stderr.write('\r\u001b[2K');
  }
}
