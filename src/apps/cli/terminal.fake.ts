import type { Terminal } from './terminal.js';

/** A terminal that remembers what was said where. */
export class FakeTerminal implements Terminal {
  stdout = '';
  stderr = '';

  constructor(readonly live = false) {}

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  /** The one JSON document on stdout. Throws when there is more or less. */
  document<T>(): T {
    return JSON.parse(this.stdout) as T;
  }
}
