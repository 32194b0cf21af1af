import type { Opened, Target } from './target.js';
import { readingContract } from './reading.js';
import { writingContract } from './writing.js';

/** What the connector promises of any EHR. Below `mayWrite: false` nothing is sent that changes anything. */
export function connectorContract(target: Target): void {
  describe(`the connector and ${target.name}`, () => {
    const given: { opened?: Opened } = {};
    const opened = (): Opened => {
      if (!given.opened) throw new Error('the connection was not opened');
      return given.opened;
    };

    beforeAll(async () => {
      given.opened = await target.open();
    }, 60_000);
    afterAll(async () => {
      await given.opened?.close();
    });

    readingContract(target, opened);
    if (target.mayWrite) writingContract(opened);
  });
}
