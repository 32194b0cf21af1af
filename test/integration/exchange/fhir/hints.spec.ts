import type { Appointment, Subscription } from 'fhir/r4.js';
import { KeepSubscriptions } from '../../../../src/exchange/fhir/application/hints/keep-subscriptions.js';
import { ReadHints } from '../../../../src/exchange/fhir/application/hints/read-hints.js';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { signHint, subscriptionToken } from '../../../../src/exchange/fhir/domain/hint-proof.js';
import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { OrganizationsFacade } from '../../../../src/foundation/organizations/index.js';
import { type Context, systemContext } from '../../../../src/platform/context/context.js';
import { SETTINGS, type Settings } from '../../../../src/platform/config/settings.js';
import { publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { startApp, type TestApp } from '../../../support/app.js';
import { rowsOf, setClock } from './database.js';
import { BEGIN, organizationOf } from './hospital.js';
import { startStandIn, type StandIn } from './stand-in.js';

const SECRET = 'a-secret-of-this-interface-engine-0001';
/** The bound for the answer to a hint. */
const ANSWER_WITHIN_MS = 300;

interface Hinted {
  type: string;
  fhir_id: string;
}

describe('hints', () => {
  let ehr: StandIn;
  let test: TestApp;
  let ctx: Context;
  let connectionId: Uuid;
  let reader: ReadHints;
  let visit: Appointment;

  beforeAll(async () => {
    ehr = await startStandIn(BEGIN);
    const hints = { secret: [{ value: 'the-secret-that-was-before-this-one-0' }, { value: SECRET }] };
    const organization = organizationOf('st-marys', ehr.url, { hints });
    test = await startApp({ organizations: [organization] }, 'web');
    await setClock(test.database, BEGIN);
    ctx = systemContext((await test.app.get(OrganizationsFacade, { strict: false }).all())[0]!.id, 'test');
    const fhir = test.app.get(FhirFacade, { strict: false });
    connectionId = (await fhir.connections(ctx))[0]!.id;
    reader = test.app.get(ReadHints, { strict: false });
    await fhir.sync(ctx, connectionId);
    visit = (await ehr.all<Appointment>('st-marys', 'Appointment')).find(
      ({ status, start }) => status === 'booked' && Date.parse(start!) > BEGIN.getTime() + 2 * 86_400_000,
    )!;
    await post({ body: [{ resourceType: 'Organization', id: 'warm-up' }] });
  });
  afterAll(async () => {
    await test.close();
    await ehr.close();
  });
  afterEach(() => rowsOf(test.database, 'delete from fhir.hint'));

  const rows = <R>(text: string): Promise<R[]> => rowsOf<R>(test.database, text);
  const waiting = () => rows<Hinted>('select type, fhir_id from fhir.hint order by 1, 2');
  const stored = async (fhirId: string) =>
    (
      await rows<{ starts_at: Date; status: string }>(
        `select starts_at, status from scheduling.appointment where fhir_id = '${fhirId}'`,
      )
    )[0];
  const reads = async () => (await ehr.history()).filter(({ interaction }) => interaction === 'read').length;

  async function post({
    body,
    secret = SECRET,
    headers,
    path = '',
    method = 'POST',
  }: {
    body?: unknown;
    secret?: string;
    headers?: Record<string, string>;
    path?: string;
    method?: string;
  }): Promise<{ status: number; ms: number; text: string }> {
    const bytes = body === undefined ? '' : JSON.stringify(body);
    const seconds = String(Math.floor(BEGIN.getTime() / 1_000) + 10);
    const began = performance.now();
    const answer = await fetch(`${test.url}/webhooks/ehr/${publicId('ehr', connectionId)}${path}`, {
      method,
      headers: headers ?? {
        'content-type': 'application/json',
        'x-hint-timestamp': seconds,
        'x-hint-signature': signHint(secret, seconds, Buffer.from(bytes)),
      },
      ...(bytes !== '' && { body: bytes }),
    });
    const text = await answer.text();
    return { status: answer.status, ms: performance.now() - began, text };
  }

  const hintOf = (id: string, resourceType = 'Appointment') => ({ resourceType, id });
  const bearer = () => ({ authorization: `Bearer ${subscriptionToken(SECRET, connectionId)}` });

  it('case 38: a forged signature is 401, keeps nothing and leaves a security audit event', async () => {
    const answer = await post({ body: hintOf(visit.id!), secret: 'somebody-elses-secret-of-40-characters' });

    expect(answer.status).toBe(401);
    expect(await waiting()).toEqual([]);
    const events = await rows<{ type: string }>(
      `select type from audit.event where type = 'ehr.hint-refused'`,
    );
    expect(events.length).toBeGreaterThan(0);
  });

  it('case 38: a hint for a connection that nobody has is 401 too, and one that is none is 422', async () => {
    const strange = publicId('ehr', '00000000-0000-7000-8000-000000000000' as Uuid);
    const answer = await fetch(`${test.url}/webhooks/ehr/${strange}`, { method: 'POST', headers: bearer() });

    expect(answer.status).toBe(401);
    expect((await post({ body: { resourceType: 'Appointment' } })).status).toBe(422);
    expect((await post({ body: 'text' })).status).toBe(422);
  });

  it('a list with what is no hint in it keeps the others, names the places, and counts them as failures', async () => {
    const failures = async (): Promise<number> => {
      const text = await (await fetch(`${test.url}/metrics`)).text();
      return Number(/^carethread_ehr_hints_unreadable_total(?:\{.*\})? (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const before = await failures();
    const none = [hintOf('../of-a-patient'), { resourceType: 'Appointment' }];
    const answer = await post({ body: [none[0], hintOf(visit.id!), none[1]] });

    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.text)).toEqual({
      refused: ['/0', '/2'].map((pointer) => ({
        pointer,
        code: 'hint.unreadable',
        words: expect.any(String) as string,
      })),
    });
    expect(answer.text).not.toContain('of-a-patient');
    expect(await waiting()).toEqual([{ type: 'Appointment', fhir_id: visit.id }]);
    expect(await failures()).toBe(before + 2);

    const nothing = await post({ body: { hints: none } });
    expect(nothing.status).toBe(422);
    expect(JSON.parse(nothing.text)).toMatchObject({
      code: 'hint.unreadable',
      errors: [{ pointer: '/hints/0' }, { pointer: '/hints/1' }],
    });
    expect(await failures()).toBe(before + 4);
  });

  it('case 38: an id-only hint is answered within 300 ms and read afterwards', async () => {
    const start = new Date(Date.parse(visit.start!) + 3_600_000).toISOString();
    const end = new Date(Date.parse(start) + 900_000).toISOString();
    await ehr.merge('st-marys', 'Appointment', visit.id!, { start, end });
    const before = await reads();
    const answer = await post({ body: { ...hintOf(visit.id!), occurredAt: BEGIN.toISOString() } });

    expect(answer.status).toBe(202);
    expect(answer.ms).toBeLessThan(ANSWER_WITHIN_MS);
    expect([await reads(), await waiting()]).toEqual([before, [{ type: 'Appointment', fhir_id: visit.id }]]);
    expect(await reader.claim(ctx)).toBe(1);
    expect((await stored(visit.id!))!.starts_at.toISOString()).toBe(start);
    expect(await waiting()).toEqual([]);
  });

  it('case 38: duplicate and out-of-order hints come to one result', async () => {
    await ehr.merge('st-marys', 'Appointment', visit.id!, { status: 'cancelled' });
    await post({ body: [hintOf(visit.id!), hintOf(visit.id!)] });
    await post({ body: { ...hintOf(visit.id!), occurredAt: '2020-01-01T00:00:00Z' } });
    const before = await reads();

    expect(await reader.claim(ctx)).toBe(1);
    expect(await reads()).toBe(before + 1);
    expect((await stored(visit.id!))!.status).toBe('cancelled');
    expect(await reader.claim(ctx)).toBe(0);
  });

  it('case 38: what is hinted at while it is read is read once more', async () => {
    await post({ body: hintOf(visit.id!) });
    await ehr.fault({ name: 'delay', ms: 300, count: 1, match: { interaction: 'read' } });
    const reading = reader.claim(ctx);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await post({ body: hintOf(visit.id!) });
    await reading;

    expect(await waiting()).toHaveLength(1);
    expect(await reader.claim(ctx)).toBe(1);
  });

  it('an EHR that does not answer is asked again later; one that has no such record ends it', async () => {
    await ehr.fault({ name: 'error-503', count: 10, match: { interaction: 'read' } });
    await post({ body: hintOf(visit.id!) });
    await reader.claim(ctx);
    await ehr.clearFaults();
    const [waits] = await rows<{ attempts: number; later: boolean }>(
      'select attempts, due_at > platform.now() as later from fhir.hint',
    );
    expect(waits).toEqual({ attempts: 1, later: true });
    await rows('delete from fhir.hint');

    await post({ body: hintOf('nobody-knows-this') });
    await reader.claim(ctx);
    expect(await waiting()).toEqual([]);
  });

  it('a stranger, and a visit beyond the horizon, are not taken in', async () => {
    const patient = { resourceType: 'Patient' as const, id: 'stranger', birthDate: '1980-01-01' };
    await ehr.put('st-marys', patient);
    const start = new Date(BEGIN.getTime() + 300 * 86_400_000).toISOString();
    await ehr.put('st-marys', { ...visit, id: 'far', status: 'booked', start, end: start } as Appointment);
    await post({ body: [hintOf('stranger', 'Patient'), hintOf('far')] });
    await reader.claim(ctx);

    expect(await rows(`select 1 from fhir.resource where fhir_id in ('stranger', 'far')`)).toEqual([]);
  });

  it('a patient who is known is read again, one behind break-the-glass is not asked for', async () => {
    const [, open] = /^Patient\/(.+)$/.exec(
      visit.participant.flatMap(({ actor }) => actor?.reference ?? [])[0]!,
    )!;
    const others = (await ehr.all('st-marys', 'Patient')).filter(({ id }) => id !== open);
    const glass = others[0]!.id!;
    const known = async (id: string) =>
      (
        await rows<{ version: string }>(
          `select version_id as version from fhir.resource where type = 'Patient' and fhir_id = '${id}'`,
        )
      )[0]?.version;
    const restricted = (to: string) =>
      rows(`update fhir.resource set restricted_at = ${to} where type = 'Patient' and fhir_id = '${glass}'`);
    await ehr.merge('st-marys', 'Patient', open!, { gender: 'unknown' });
    const before = await known(open!);
    await restricted('platform.now()');
    await post({ body: [hintOf(open!, 'Patient'), hintOf(glass, 'Patient')] });
    const since = (await ehr.history()).length;
    expect(await reader.claim(ctx)).toBe(2);
    await restricted('null');

    expect(await known(open!)).not.toBe(before);
    const read = (await ehr.history()).slice(since).filter(({ interaction }) => interaction === 'read');
    expect(read).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });

  it('of a connection that is switched off wait, and the EHR is asked nothing', async () => {
    await post({ body: hintOf(visit.id!) });
    const since = (await ehr.history()).length;
    await rows(`update fhir.connection set state = 'paused', version = version + 1`);
    expect(await reader.claim(ctx)).toBe(0);
    expect((await ehr.history()).length).toBe(since);
    expect(await waiting()).toHaveLength(1);
    await rows(`update fhir.connection set state = 'active', version = version + 1`);
    expect(await reader.claim(ctx)).toBe(1);
    expect((await ehr.history()).length).toBeGreaterThan(since);
  });

  describe('of a Subscription', () => {
    const dueOf = async () =>
      (
        await rows<{ due: boolean; full: boolean }>(
          'select due_at <= platform.now() as due, full_due_at <= platform.now() as full from fhir.sync',
        )
      )[0];
    const subscription = async () =>
      (await rows<{ last_event: string; gaps: number; state: string }>('select * from fhir.subscription'))[0];
    const notice = (type: string, soFar: number, numbers: number[] = []) => ({
      resourceType: 'Bundle',
      type: 'history',
      entry: [
        {
          resource: {
            resourceType: 'Parameters',
            parameter: [
              { name: 'type', valueCode: type },
              { name: 'events-since-subscription-start', valueString: `${soFar}` },
              ...numbers.map((number) => ({
                name: 'notification-event',
                part: [
                  { name: 'event-number', valueString: `${number}` },
                  { name: 'focus', valueReference: { reference: `Appointment/${visit.id}` } },
                ],
              })),
            ],
          },
        },
      ],
    });

    beforeEach(async () => {
      await rows(`update fhir.sync set due_at = platform.now() + interval '1 hour',
                    full_due_at = platform.now() + interval '1 hour'`);
      await rows('delete from fhir.subscription');
      await rows(`insert into fhir.subscription (organization_id, connection_id, kind, state, check_at)
        select organization_id, id, 'backport', 'requested', platform.now() + interval '1 hour' from fhir.connection`);
    });

    it('case 38: a handshake makes it active, a heartbeat keeps it so, and neither reads anything', async () => {
      expect((await post({ body: notice('handshake', 0), headers: bearer() })).status).toBe(202);
      expect((await post({ body: notice('heartbeat', 0), headers: bearer() })).status).toBe(202);

      expect(await subscription()).toMatchObject({ state: 'active', last_event: '0', gaps: 0 });
      expect(await waiting()).toEqual([]);
      expect(await dueOf()).toEqual({ due: false, full: false });
    });

    it('case 38: a gap in the event numbers has everything looked at', async () => {
      await post({ body: notice('event-notification', 1, [1]), headers: bearer() });
      expect(await waiting()).toHaveLength(1);
      expect(await dueOf()).toEqual({ due: false, full: false });

      await post({ body: notice('event-notification', 4, [4]), headers: bearer() });
      expect(await subscription()).toMatchObject({ last_event: '4', gaps: 1 });
      expect(await dueOf()).toEqual({ due: true, full: true });
    });

    it('a rest-hook without a payload has changes looked for, one with a payload the record read', async () => {
      expect((await post({ headers: bearer() })).status).toBe(202);
      expect(await dueOf()).toEqual({ due: true, full: false });

      const path = `/Appointment/${visit.id}`;
      const headers = { ...bearer(), 'content-type': 'application/fhir+json' };
      expect((await post({ method: 'PUT', path, body: visit, headers })).status).toBe(202);
      expect(await waiting()).toEqual([{ type: 'Appointment', fhir_id: visit.id }]);
    });
  });

  describe('notify-then-read with a Subscription at the stand-in', () => {
    const TOPIC = 'https://sandbox-ehr.example/SubscriptionTopic/appointment-changes';
    let one: Appointment;
    let other: Appointment;
    let passedMs = 0;

    beforeAll(async () => {
      // Where the EHR reaches us is only known once we listen.
      Object.assign(test.app.get<Settings>(SETTINGS, { strict: false }), { publicUrl: test.url });
      [one, other] = (await ehr.all<Appointment>('st-marys', 'Appointment')).filter(
        ({ id, status, start }) =>
          id !== visit.id && status === 'booked' && Date.parse(start!) > BEGIN.getTime() + 2 * 86_400_000,
      ) as [Appointment, Appointment];
      await rows('delete from fhir.subscription');
      await wish({ subscription: 'backport', topic: TOPIC });
      await test.app.get(Sync, { strict: false }).runNow(ctx, connectionId);
    });

    const wish = async (more: object): Promise<void> => {
      const organization = organizationOf('st-marys', ehr.url, {
        hints: { secret: { value: SECRET }, ...more },
        sync: { strategy: 'notify-then-read' },
      });
      await test.app
        .get(OrganizationsFacade, { strict: false })
        .applySetup({ organizations: [organization] });
    };
    /** The loop's turn, and then whatever the stand-in has to say. */
    const look = async (): Promise<void> => {
      await rows('update fhir.subscription set check_at = platform.now()');
      await test.app.get(KeepSubscriptions, { strict: false }).claim(ctx);
      await settled();
    };
    const settled = async (): Promise<void> => {
      const path = 'hospitals/st-marys/notifications';
      while ((await ehr.control<{ waiting: number }>('GET', path)).waiting > 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const kept = async () =>
      (
        await rows<{ state: string; last_event: string | null; gaps: number; heard_at: Date | null }>(
          'select state, last_event, gaps, heard_at from fhir.subscription',
        )
      )[0]!;
    const atEhr = async () =>
      (await ehr.all<Subscription>('st-marys', 'Subscription')).map(({ status }) => status);
    /** What staff do in the EHR. */
    const change = async ({ id, start }: Appointment, hours: number): Promise<string> => {
      const moved = (ms: number) => new Date(Date.parse(start!) + ms).toISOString();
      const times = { start: moved(hours * 3_600_000), end: moved(hours * 3_600_000 + 900_000) };
      await ehr.merge('st-marys', 'Appointment', id!, times);
      await settled();
      return times.start;
    };
    const startsAt = async ({ id }: Appointment) => (await stored(id!))!.starts_at.toISOString();
    const spoil = (name: string) =>
      ehr.control('POST', 'hospitals/st-marys/notification-faults', { name, count: 1 });
    const dueSync = async (): Promise<number> => test.app.get(Sync, { strict: false }).claim(ctx);

    it('case 38: is greeted, and a visit that changes there changes here', async () => {
      await look();
      expect([await atEhr(), await kept()]).toMatchObject([['active'], { state: 'active', last_event: '0' }]);
      expect(await dueSync()).toBe(0);

      const start = await change(one, 1);
      expect(await waiting()).toEqual([{ type: 'Appointment', fhir_id: one.id }]);
      await reader.claim(ctx);
      expect(await startsAt(one)).toBe(start);
      expect(await kept()).toMatchObject({ last_event: '1', gaps: 0 });
    });

    it('case 38: a notification that came twice is read once more and is no gap', async () => {
      await spoil('repeated');
      const start = await change(one, 2);
      await reader.claim(ctx);

      expect(await startsAt(one)).toBe(start);
      expect(await waiting()).toEqual([]);
      expect(await kept()).toMatchObject({ last_event: '2', gaps: 0 });
    });

    it('case 38: a notification that got lost leaves a gap, and the scan brings what it was about', async () => {
      const before = await startsAt(one);
      await spoil('lost');
      const lost = await change(one, 3);
      expect([await waiting(), await startsAt(one), await dueSync()]).toEqual([[], before, 0]);

      await change(other, 1);
      expect(await kept()).toMatchObject({ last_event: '4', gaps: 1 });
      expect(await dueSync()).toBe(1);
      expect(await startsAt(one)).toBe(lost);
    });

    it('case 38: heartbeats keep it from being taken for silent', async () => {
      await reader.claim(ctx);
      const { heard_at: before } = await kept();
      passedMs += 6 * 60_000;
      await setClock(test.database, new Date(BEGIN.getTime() + passedMs));
      await ehr.advance('PT6M');
      await settled();

      const { heard_at: after, gaps } = await kept();
      expect(after!.getTime() - before!.getTime()).toBeGreaterThan(5 * 60_000);
      await look();
      expect([(await kept()).gaps, await dueSync()]).toEqual([gaps, 0]);
    });

    it('is asked for again when the EHR gave up on us, and counts anew', async () => {
      await spoil('refused');
      const missed = await change(one, 4);
      expect(await atEhr()).toEqual(['error']);
      // It greets us before it answers that it takes the wish.
      const match = { method: 'PUT', resourceType: 'Subscription' };
      await ehr.fault({ name: 'hold-answer', count: 1, match });
      const looking = look();
      await ehr.held(1);
      await settled();
      await ehr.release();
      await looking;
      expect([await atEhr(), await kept()]).toMatchObject([['active'], { state: 'active', last_event: '0' }]);
      expect(await dueSync()).toBe(1);
      expect(await startsAt(one)).toBe(missed);
      await change(one, 5);
      expect(await kept()).toMatchObject({ last_event: '1', gaps: 1 });
    });

    it('of R4 says only that something changed: then what changed is looked for', async () => {
      await wish({ subscription: 'rest-hook' });
      await look();
      await look();
      expect([await atEhr(), (await kept()).state]).toEqual([['active'], 'active']);
      await rows(`update fhir.sync set due_at = platform.now() + interval '1 hour',
                    full_due_at = platform.now() + interval '1 hour'`);

      const start = await change(other, 6);
      expect(await waiting()).toEqual([]);
      expect(await dueSync()).toBe(1);
      expect(await startsAt(other)).toBe(start);
    });
  });
});
