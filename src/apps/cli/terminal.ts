import type { Writable } from 'node:stream';

/** Where a command speaks: answers on stdout, talk and progress on stderr. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether a person watches stderr. */
  live: boolean;
}

const BAR = 24;
const CLEAR_LINE = '\r\u001b[2K';

export function terminalOn(stdout: Writable, stderr: Writable & { isTTY?: boolean }): Terminal {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    live: stderr.isTTY === true,
  };
}

/** A bar that draws over itself; silent unless a person watches. */
export class Progress {
  constructor(private readonly terminal: Terminal) {}

  show(done: number, of: number, words: string): void {
    if (!this.terminal.live) return;
    const filled = of === 0 ? BAR : Math.round((BAR * done) / of);
    this.terminal.err(`${CLEAR_LINE}[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${words}`);
  }

  end(): void {
    if (this.terminal.live) this.terminal.err(CLEAR_LINE);
  }
}
