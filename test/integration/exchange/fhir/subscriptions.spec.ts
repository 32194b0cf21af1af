import type { Subscription } from 'fhir/r4.js';
import { KeepSubscriptions } from '../../../../src/exchange/fhir/application/hints/keep-subscriptions.js';
import { subscriptionToken } from '../../../../src/exchange/fhir/domain/hint-proof.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddEhr, type OddRequest, outcome, startOddEhr, statement } from './odd-ehr.js';
import { setClock } from './database.js';

const SECRET = 'a-secret-of-this-interface-engine-0001';
const PUBLIC_URL = 'https://carethread.example';
const TOPIC = 'https://ehr.example/topics/appointment';

describe('a Subscription that a connection wants', () => {
  let ehr: OddEhr;
  let hospital: Hospital;
  let keeper: KeepSubscriptions;
  /** What the EHR holds. */
  let held: (Subscription & { id: string })[];
  let answersLost: boolean;
  let away: boolean;
  /** Whether it says an id and shows what it holds; and whether it can be searched at all. */
  let [tells, searches]: [boolean, boolean] = [true, true];

  beforeEach(async () => {
    held = [];
    [answersLost, away] = [false, false];
    [tells, searches] = [true, true];
    ehr = await startOddEhr(BEGIN);
    ehr.answer((request) =>
      away ? { status: 503, body: outcome('transient', 'error') } : answerTo(request),
    );
    const answerTo = ({ method, path, query, body }: OddRequest) => {
      if (path === 'metadata') return { body: statement(['date']) };
      if (method === 'GET' && path === 'Subscription') {
        return search(query.get('url'));
      }
      const id = path.split('/')[1];
      const known = held.find((one) => one.id === id);
      if (method === 'GET')
        return known ? { body: known } : { status: 404, body: outcome('not-found', 'error') };
      const sent = body as Subscription;
      const next = { ...sent, id: id ?? `sub-${held.length + 1}`, meta: { versionId: '1' } };
      held = [...held.filter((one) => one.id !== next.id), next];
      if (answersLost) return { status: 502, body: outcome('transient', 'error') };
      return { status: id ? 200 : 201, body: tells ? next : {} };
    };
    const hints = { secret: { value: SECRET }, subscription: 'backport', topic: TOPIC };
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl, hints }, { publicUrl: PUBLIC_URL });
    keeper = hospital.platform.app.get(KeepSubscriptions, { strict: false });
  });
  afterEach(async () => {
    await hospital.close();
    await ehr.close();
  });

  function search(url: string | null) {
    if (!searches) return { status: 400, body: outcome('not-supported', 'error') };
    return { body: bundle(held.filter(({ channel }) => tells && channel.endpoint === url)) };
  }

  const kept = async () =>
    (
      await hospital.rows<{
        state: string;
        fhir_id: string | null;
        failures: number;
        fault_code: string | null;
      }>('select state, fhir_id, failures, fault_code from fhir.subscription')
    )[0];
  const look = async (): Promise<void> => {
    await hospital.rows('update fhir.subscription set check_at = platform.now()');
    await keeper.claim(hospital.ctx);
  };

  it('is made once: id-only, for our address, with a token that is not the secret', async () => {
    await look();
    await look();

    expect(held).toHaveLength(1);
    const [{ channel, criteria, status }] = held as [Subscription];
    expect([status, criteria, channel.type, channel.payload]).toEqual([
      'requested',
      TOPIC,
      'rest-hook',
      'application/fhir+json',
    ]);
    expect(channel.endpoint).toMatch(/^https:\/\/carethread\.example\/webhooks\/ehr\/ehr_[0-9a-z]{26}$/);
    expect(channel.header).toEqual([
      `Authorization: Bearer ${subscriptionToken(SECRET, hospital.connectionId)}`,
    ]);
    expect(JSON.stringify(held)).toContain('id-only');
    expect(JSON.stringify(held)).not.toContain(SECRET);
    expect(await kept()).toMatchObject({ state: 'requested', fhir_id: 'sub-1' });
  });

  it('whose answer got lost is found again, not made twice', async () => {
    answersLost = true;
    await look();
    expect(await kept()).toMatchObject({ state: 'error', fhir_id: null, failures: 1 });
    answersLost = false;
    await look();

    expect(held).toHaveLength(1);
    expect(await kept()).toMatchObject({
      state: 'requested',
      fhir_id: 'sub-1',
      failures: 0,
      fault_code: null,
    });
  });

  it('is asked for again when the EHR gave up or lost it', async () => {
    await look();
    held = held.map((one) => ({ ...one, status: 'error' as const }));
    await look();
    expect(held.map(({ id, status }) => [id, status])).toEqual([['sub-1', 'requested']]);

    held = [];
    await look();
    await look();
    expect(held).toHaveLength(1);
  });

  describe('that the EHR gives up on', () => {
    const becomes = async (status: 'active' | 'error'): Promise<void> => {
      held = held.map((one) => ({ ...one, status }));
      await look();
    };
    const open = () =>
      hospital.rows(
        `select reason from worklist.work_item where kind = 'ehr-subscription' and state = 'open'`,
      );
    /** Whether everything was to be looked at; then not any more. */
    const lookedAtAll = async (): Promise<boolean> => {
      const due = await hospital.rows('select 1 from fhir.sync where full_due_at <= platform.now()');
      await hospital.rows(`update fhir.sync set full_due_at = platform.now() + interval '1 day'`);
      return due.length > 0;
    };
    const againInMinutes = async () =>
      (
        await hospital.rows<{ minutes: number }>(
          `select round(extract(epoch from check_at - platform.now()) / 60)::int as minutes from fhir.subscription`,
        )
      )[0]!.minutes;

    beforeEach(async () => {
      await look();
      await becomes('active');
      await lookedAtAll();
    });

    it('again and again has everything looked at once, is asked less often, and staff are told', async () => {
      const times: [boolean, number][] = [];
      for (let n = 0; n < 5; n++) {
        expect(await open()).toEqual(n < 3 ? [] : [{ reason: 'subscription-failed' }]);
        await becomes('error');
        times.push([await lookedAtAll(), await againInMinutes()]);
      }
      expect(times).toEqual([
        [true, 5],
        [false, 10],
        [false, 20],
        [false, 40],
        [false, 60],
      ]);
      await look();
      expect([await kept(), await open()]).toMatchObject([
        { state: 'requested', failures: 5, fault_code: 'ehr.subscription-given-up' },
        [{ reason: 'subscription-failed' }],
      ]);

      await becomes('active');
      expect([await kept(), await open()]).toMatchObject([
        { state: 'active', failures: 0, fault_code: null },
        [],
      ]);
      await becomes('error');
      expect(await lookedAtAll()).toBe(true);
    });

    it('while it was away has everything looked at, once', async () => {
      away = true;
      await look();
      away = false;
      answersLost = true;
      await becomes('error');
      expect(await lookedAtAll()).toBe(true);
      await becomes('error');
      expect(await lookedAtAll()).toBe(false);
    });
  });

  it('that says nothing any more has everything looked at', async () => {
    await look();
    held = held.map((one) => ({ ...one, status: 'active' as const }));
    await hospital.rows('update fhir.subscription set heard_at = platform.now()');
    await hospital.rows(`update fhir.sync set full_due_at = platform.now() + interval '1 day'`);
    await look();
    const full = () => hospital.rows('select 1 from fhir.sync where full_due_at <= platform.now()');
    expect(await full()).toEqual([]);

    await setClock(hospital.platform.database, new Date(BEGIN.getTime() + 11 * 60_000));
    await look();
    expect(await full()).toHaveLength(1);
  });

  it('is asked for anew when its secret or topic changed, and another one under its id is left alone', async () => {
    await look();
    const active = (one: (typeof held)[number]) => ({ ...one, status: 'active' as const });
    held = held.map((one) => active({ ...one, criteria: 'https://ehr.example/topics/old' }));
    await look();
    expect(held.map(({ id, status, criteria }) => [id, status, criteria])).toEqual([
      ['sub-1', 'requested', TOPIC],
    ]);

    const strange = { ...held[0]!, channel: { ...held[0]!.channel, endpoint: 'https://other.example' } };
    held = [{ ...strange, status: 'error' as const }];
    await look();
    expect(held.find(({ id }) => id === 'sub-1')).toMatchObject({ status: 'error' });
    expect(held).toHaveLength(2);
  });

  it('is ended with the connection', async () => {
    await look();
    await hospital.rows(`update fhir.subscription set state = 'off'`);
    await hospital.rows(`update fhir.connection set state = 'paused', version = version + 1`);
    await look();

    expect(held.map(({ status }) => status)).toEqual(['off']);
    expect(await kept()).toBeUndefined();
  });

  it('is not made again and again where none is told or shown: a person looks, unless it is heard', async () => {
    const open = () =>
      hospital.rows(
        `select reason from worklist.work_item where kind = 'ehr-subscription' and state = 'open'`,
      );
    [tells, searches] = [false, false];
    for (let n = 0; n < 4; n++) await look();
    expect(held).toHaveLength(1);
    expect(await open()).toEqual([{ reason: 'subscription-unseen' }]);

    await hospital.rows('update fhir.subscription set heard_at = platform.now()');
    await look();
    expect(await kept()).toMatchObject({ state: 'active', fault_code: null });
    expect([held.length, await open()]).toEqual([1, []]);

    // As when the settings were saved, and the EHR is searched and shows none.
    await hospital.rows('update fhir.subscription set unseen = 0, heard_at = null');
    searches = true;
    for (let n = 0; n < 8; n++) await look();
    expect(held.length).toBeLessThanOrEqual(1 + 5);
    expect(await open()).toEqual([{ reason: 'subscription-unseen' }]);

    // It is found after all, and ended with the connection although its id was never told.
    [tells, held] = [true, held.slice(0, 1)];
    await hospital.rows(`update fhir.subscription set state = 'off'`);
    await look();
    expect(held.map(({ status }) => status)).toEqual(['off']);
  });

  it('tells staff after three failures in a row, and takes that back', async () => {
    const items = () =>
      hospital.rows<{ state: string }>(
        `select state from worklist.work_item where kind = 'ehr-subscription'`,
      );
    answersLost = true;
    held = [];
    for (let n = 0; n < 3; n++) {
      await look();
      held = [];
    }
    expect(await items()).toEqual([{ state: 'open' }]);
    answersLost = false;
    await look();
    expect(await items()).toEqual([{ state: 'resolved' }]);
  });
});
