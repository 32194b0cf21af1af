import { jest } from '@jest/globals';
import type { AuditFacade } from '../../../../foundation/audit/index.js';
import { Metrics } from '../../../../platform/health/metrics.js';
import { newId } from '../../../../platform/ids/ids.js';
import type { Log } from '../../../../platform/logging/log.js';
import { HintAlarms } from './hint-alarms.js';
import type { HintKeys } from './hint-keyring.js';

const KEYS: HintKeys = { organizationId: newId(), connectionId: newId(), bases: [], secrets: [] };

describe('what is wrong with hints', () => {
  let at = 1_000_000;
  let events: { type: string }[];
  let lines: { event: string; count?: number }[];
  let metrics: Metrics;
  let alarms: HintAlarms;

  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => at);
    [events, lines, metrics] = [[], [], new Metrics()];
    const audit = {
      record: (_ctx: unknown, event: { type: string }) => Promise.resolve(void events.push(event)),
    };
    const log = { warn: (event: string, fields: object) => void lines.push({ event, ...fields }) };
    alarms = new HintAlarms(audit as unknown as AuditFacade, log as unknown as Log, metrics);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('is counted each time, and floods no audit log: ten a minute', async () => {
    for (let n = 0; n < 500; n++) await alarms.notProven(KEYS);
    expect(events).toHaveLength(10);
    at += 60_000;
    await alarms.notProven(KEYS);
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 11 }, () => 'ehr.hint-refused'));
    expect(await metrics.registry.metrics()).toMatch(/^carethread_ehr_hints_refused_total 501$/m);
  });

  it('for a connection that nobody has is in nobody’s audit log', async () => {
    await alarms.notProven(null);
    expect(events).toEqual([]);
    expect(lines).toEqual([{ event: 'fhir.hint-refused' }]);
  });

  it('counts each that names no record, and says how many came at once', async () => {
    alarms.unreadable(KEYS, 3);
    alarms.unreadable(KEYS, 1);
    expect(await metrics.registry.metrics()).toMatch(/^carethread_ehr_hints_unreadable_total 4$/m);
    expect(lines.map(({ event, count }) => [event, count])).toEqual([
      ['fhir.hint-unreadable', 3],
      ['fhir.hint-unreadable', 1],
    ]);
  });
});
