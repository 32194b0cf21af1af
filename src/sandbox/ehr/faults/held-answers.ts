/** Answers whose work is done and that wait until somebody lets them go. */
export class HeldAnswers {
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  hold(send: () => void): void {
    this.#waiting.push(send);
  }

  /** Sends them in the order in which they came. Returns how many. */
  release(): number {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send();
    return waiting.length;
  }
}
