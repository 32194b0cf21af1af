import { jest } from '@jest/globals';
import type { AuditFacade } from '../../../foundation/audit/index.js';
import { type Context, systemContext } from '../../../platform/context/context.js';
import { newId } from '../../../platform/ids/ids.js';
import { ForeignAddresses } from './foreign-addresses.js';

const ctx: Context = systemContext(newId(), 'test');

/** The audit log keeps what it is told, unless it is out of order. */
function audit() {
  const events: { type: string; outcome?: string; entity?: { id: string }; detail?: unknown }[] = [];
  const log = {
    broken: false,
    record: (_ctx: Context, event: (typeof events)[number]) => {
      if (log.broken) throw new Error('the audit log is away');
      events.push(event);
      return Promise.resolve();
    },
  };
  return { log, events, alarms: new ForeignAddresses(log as unknown as AuditFacade) };
}

describe('addresses of another server that an EHR names', () => {
  let at = 1_000_000;
  beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => at));
  afterEach(() => void jest.restoreAllMocks());

  it('are told once a minute for each connection and place, however many there are', async () => {
    const { alarms, events } = audit();
    const [one, other] = [newId(), newId()];
    for (let n = 0; n < 1_000; n++) await alarms.tell(ctx, one, 'reference');
    await alarms.tell(ctx, one, 'next-link');
    await alarms.tell(ctx, other, 'reference');
    expect(events.map(({ entity, detail }) => [entity!.id, detail])).toEqual([
      [one, { where: 'reference' }],
      [one, { where: 'next-link' }],
      [other, { where: 'reference' }],
    ]);

    at += 59_999;
    await alarms.tell(ctx, one, 'reference');
    expect(events).toHaveLength(3);
    at += 1;
    await alarms.tell(ctx, one, 'reference');
    expect(events[3]).toMatchObject({ type: 'ehr.foreign-address-refused', outcome: 'serious-failure' });
  });

  it('are told by the next one, when the log did not take the first', async () => {
    const { alarms, events, log } = audit();
    const id = newId();
    log.broken = true;
    await expect(alarms.tell(ctx, id, 'attachment')).rejects.toThrow();
    log.broken = false;
    await alarms.tell(ctx, id, 'attachment');
    expect(events).toHaveLength(1);
  });
});
