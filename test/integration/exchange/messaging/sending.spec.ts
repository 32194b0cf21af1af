import { randomUUID } from 'node:crypto';
import { ConsentFacade } from '../../../../src/exchange/consent/index.js';
import type { Content, Sent, SendRequest } from '../../../../src/exchange/messaging/index.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { ST_MARYS, startBench, until, type Bench, type Person, type Told } from './support/bench.js';

const HOUR = 3_600_000;

describe('sending', () => {
  let bench: Bench;
  let anna: Person;

  beforeAll(async () => {
    bench = await startBench();
    anna = await bench.person(1001);
  });
  afterEach(async () => {
    await bench.control('DELETE', '/faults');
    // All these messages go to one patient, whose rate would hold them back.
    await bench.sql('update messaging.pair set paced_until = null');
  });
  afterAll(() => bench.close());

  const send = async (request: SendRequest): Promise<Uuid> => {
    const { messageId } = await bench.messaging.send(bench.ctx(), request);
    await bench.settle();
    return messageId;
  };
  const sent = async (id: Uuid): Promise<Sent> => (await bench.messaging.sent(bench.ctx(), [id]))[0]!;
  const attempts = async (): Promise<Told[]> => (await bench.control('GET', '/attempts')).data;
  const attemptsOf = (id: Uuid): Promise<Told[]> =>
    bench.sql(`select * from messaging.attempt where message_id = $1 order by began_at`, [id]);
  const workItems = (kind: string): Promise<Told[]> =>
    bench.sql(`select * from worklist.work_item where kind = $1 order by raised_at`, [kind]);
  const template = (more: object): Content => ({ ...bench.reminder(anna).content, ...more }) as Content;

  describe('a reminder', () => {
    it('goes out once with the consent relied on, and climbs as its statuses come', async () => {
      const id = await send(bench.reminder(anna));
      const message = await sent(id);
      expect(message).toMatchObject({ state: 'delivered', reason: null, failureCode: null });
      expect(message.text).toContain('Hello Asha');
      expect(message.wamid).toMatch(/^wamid\./);
      expect(message.acceptedAt).not.toBeNull();
      const [row] = await bench.sql(`select * from messaging.message where id = $1`, [id]);
      const [consent] = await bench.sql(
        `select id, version from consent.consent where patient_id = $1 and purpose = 'appointment-reminders'`,
        [anna.patientId],
      );
      expect(row).toMatchObject({ consent_id: consent.id, consent_version: consent.version });
      expect(row.content_sealed.toString('latin1')).not.toContain('Asha');
      const [attempt] = await attemptsOf(id);
      const [told] = (await bench.control('GET', '/messages')).data.filter(
        (one: Told) => one.biz_opaque_callback_data === attempt.id,
      );
      expect(told).toMatchObject({ to: anna.waId, type: 'template' });
      expect(told.buttons.map((button: Told) => button.payload)).toEqual(['token-confirm', 'token-cancel']);
    });

    it('handed in twice is one message', async () => {
      const request = bench.reminder(anna);
      const before = (await attempts()).length;
      const ids = await Promise.all([send(request), send(request), send(request)]);
      expect(new Set(ids).size).toBe(1);
      expect((await attempts()).length).toBe(before + 1);
    });

    it('comes back as a tap that quotes it', async () => {
      const id = await send(bench.reminder(anna));
      await bench.control('POST', `/contacts/${anna.waId}/tap`, { phone_number_id: ST_MARYS, index: 0 });
      await bench.settle();
      const from = new Date(Date.now() - HOUR);
      const exchanged = await bench.messaging.between(
        bench.ctx(),
        anna.addressId,
        from,
        new Date(Date.now() + HOUR),
      );
      const tap = exchanged.filter(({ direction }) => direction === 'inbound').at(-1);
      expect(tap).toMatchObject({ kind: 'button', token: 'token-confirm', text: 'Confirm', replyTo: id });
      expect((await bench.messaging.windowOf(bench.ctx(), anna.addressId)).open).toBe(true);
    });
  });

  describe('the gate', () => {
    const refusedLocally = async (request: SendRequest, reason: string): Promise<void> => {
      const before = (await attempts()).length;
      await expect(bench.messaging.explain(bench.ctx(), request)).resolves.toEqual({
        outcome: 'refused',
        reason,
      });
      const id = await send(request);
      const { state, reason: told } = await sent(id);
      expect([state, told]).toEqual(reason === 'expired' ? ['expired', null] : ['refused', reason]);
      expect((await attempts()).length).toBe(before);
    };

    it('asks for consent at the moment of sending', async () => {
      const ben = await bench.person(1002);
      await bench.app
        .get(ConsentFacade)
        .withdraw(bench.ctx(), { addressId: ben.addressId, method: 'verbal' });
      await refusedLocally(bench.reminder(ben), 'withdrawn');
    });

    it('asks for the purpose, not only for some consent', async () => {
      await refusedLocally(bench.reminder(anna, { purpose: 'surveys' }), 'no-consent');
    });

    it('lets free text go for less than 24 h after the last message, and not a moment longer', async () => {
      const cleo = await bench.person(1003);
      await refusedLocally(bench.request(cleo), 'window-closed');
      await bench.say(cleo, 'Hello');
      const id = await send(bench.request(cleo));
      expect((await sent(id)).state).toBe('delivered');
      await bench.advance('PT24H');
      await refusedLocally(
        bench.request(cleo, { usefulUntil: new Date(Date.now() + 100 * HOUR) }),
        'window-closed',
      );
    });

    it.each([
      ['template-not-found', { name: 'no_such_template' }],
      ['language-not-available', { language: 'de' }],
      ['template-mismatch', { body: ['one'] }],
      ['template-mismatch', { body: ['Asha', ' \n ', 'c', 'd', 'e'] }],
      ['template-mismatch', { buttons: ['a', 'b', 'c'] }],
      ['template-not-usable', { name: 'appointment_reminder_v0' }],
    ])('refuses %s', async (reason, more) => {
      const usefulUntil = new Date(Date.now() + 100 * HOUR);
      await refusedLocally(bench.reminder(anna, { content: template(more), usefulUntil }), reason);
    });

    it('lets nothing begin that is of no use any more', async () => {
      await refusedLocally(bench.reminder(anna, { usefulUntil: new Date(Date.now() - HOUR) }), 'expired');
    });

    it('refuses what Meta would refuse before it is kept', async () => {
      const long = bench.request(anna, { content: { kind: 'text', text: 'x'.repeat(4097) } });
      expect(() => bench.messaging.send(bench.ctx(), long)).toThrow(
        expect.objectContaining({ code: 'messaging.content-too-long' }),
      );
    });

    it('stops a template that Meta paused as soon as Meta tells', async () => {
      const later = (): Partial<SendRequest> => ({ usefulUntil: new Date(Date.now() + 100 * HOUR) });
      await bench.control('POST', '/faults', {
        name: 'template-pause',
        template: 'appointment_reminder',
        language: 'ml',
      });
      await bench.settle();
      expect(await bench.messaging.templateFor(bench.ctx(), 'appointment_reminder', ['ml'])).toBeNull();
      await refusedLocally(
        bench.reminder(anna, { content: template({ language: 'ml' }), ...later() }),
        'template-not-usable',
      );
      await bench.control('DELETE', '/faults?name=template-pause');
      await bench.settle();
      expect(
        await bench.messaging.templateFor(bench.ctx(), 'appointment_reminder', ['ml', 'en']),
      ).toMatchObject({
        name: 'appointment_reminder',
        language: 'ml',
        parameters: 5,
        buttons: 2,
      });
    });
  });

  describe('what is taken back', () => {
    it('never goes', async () => {
      const visitId = randomUUID();
      const before = (await attempts()).length;
      await bench.control('POST', '/faults', { name: 'error', code: 190, count: 1 });
      // The channel is held, so that both wait.
      const first = await send(late(bench.reminder(anna)));
      const { messageId } = await bench.messaging.send(bench.ctx(), late(bench.reminder(anna, { visitId })));
      const fallen = [{ visitId, reason: 'visit-cancelled' }];
      expect(await bench.messaging.withdraw(bench.ctx(), fallen)).toEqual([messageId]);
      await reopen();
      expect(await sent(messageId)).toMatchObject({ state: 'refused', reason: 'visit-cancelled' });
      expect((await sent(first)).state).toBe('delivered');
      expect((await attempts()).length).toBe(before + 2);
      expect(await bench.messaging.withdraw(bench.ctx(), [{ visitId, reason: 'again' }])).toEqual([]);
    });

    it('takes the words out of what was sent or taken back, and leaves what is on its way', async () => {
      // given: one that arrived, and one that waits
      const arrived = await send(bench.reminder(anna));
      const { messageId: waiting } = await bench.messaging.send(bench.ctx(), late(bench.reminder(anna)));
      const words = async (id: Uuid): Promise<string> => (await sent(id)).text;
      expect([await words(arrived), await words(waiting)]).toEqual([
        expect.stringContaining('Asha'),
        expect.stringContaining('Asha'),
      ]);

      // when
      await bench.messaging.emptyTexts(bench.ctx(), [arrived, waiting]);

      // then
      expect([await words(arrived), await words(waiting)]).toEqual(['', expect.stringContaining('Asha')]);
      expect(await sent(arrived)).toMatchObject({ state: 'delivered', content: { body: [], buttons: [] } });
      await bench.settle();
      expect((await sent(waiting)).state).toBe('delivered');
    });
  });

  const late = (request: SendRequest): SendRequest => ({
    ...request,
    usefulUntil: new Date(Date.now() + 200 * HOUR),
  });
  const reopen = async (): Promise<void> => {
    const accounts = await api('GET', '/v1/whatsapp-accounts');
    const answer = await api('POST', `/v1/whatsapp-accounts/${accounts.body.data[0].id}/check`);
    expect(answer.status).toBe(200);
    await bench.settle();
  };
  const api = async (method: string, path: string, body?: object, etag?: string) => {
    const headers = {
      authorization: `Bearer ${bench.apiKey}`,
      'x-organization': 'st-marys',
      ...(body && { 'content-type': 'application/json' }),
      ...(etag && { 'if-match': etag }),
    };
    const answer = await fetch(bench.url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Told, etag: answer.headers.get('etag')! };
  };

  it('sends ten at once to one contact, and the next when its time has come', async () => {
    const gus = await bench.person(1005);
    const ids: Uuid[] = [];
    for (let n = 0; n < 11; n++) {
      ids.push((await bench.messaging.send(bench.ctx(), late(bench.reminder(gus)))).messageId);
    }
    await bench.settle();
    const messages = await bench.messaging.sent(bench.ctx(), ids);
    const waiting = messages.filter(({ state }) => state === 'ready');
    expect(waiting.map(({ reason }) => reason)).toEqual(['pair-rate']);
    await bench.advance('PT10S');
    expect((await sent(waiting[0]!.id)).state).toBe('delivered');
  });

  describe('a refusal by Meta', () => {
    it('of the token holds the channel, tells a person once, and the queue drains with a new token', async () => {
      const before = (await workItems('whatsapp-channel')).length;
      await bench.control('POST', '/faults', { name: 'error', code: 190, count: 3 });
      const ids = [await send(late(bench.reminder(anna))), await send(late(bench.reminder(anna)))];
      for (const id of ids) expect((await sent(id)).state).toBe('ready');
      expect((await workItems('whatsapp-channel')).length).toBe(before + 1);
      const [{ id }] = (await api('GET', '/v1/whatsapp-accounts')).body.data;
      const shown = await api('GET', `/v1/whatsapp-accounts/${id}`);
      expect(shown.body.hold).toEqual({ code: 190, scope: 'all', until: null });
      await bench.control('DELETE', '/faults');
      const changed = await api(
        'PATCH',
        `/v1/whatsapp-accounts/${id}`,
        { access_token: `token-${ST_MARYS}` },
        shown.etag,
      );
      expect(changed).toMatchObject({ status: 200, body: { hold: null } });
      await bench.settle();
      for (const one of ids) expect((await sent(one)).state).toBe('delivered');
      expect((await workItems('whatsapp-channel')).at(-1).state).toBe('resolved');
    });

    it('of templates alone holds them, though free-form replies go through', async () => {
      await bench.say(anna, 'Hello');
      await bench.control('POST', '/faults', { name: 'error', code: 131048, count: 1 });
      const held = await send(late(bench.reminder(anna)));
      expect((await sent(held)).state).toBe('ready');
      const reply = await send({
        ...bench.reminder(anna),
        origin: 'reply',
        originKey: randomUUID(),
        purpose: 'care-conversation',
        content: { kind: 'text', text: 'We read you' },
      });
      expect((await sent(reply)).state).toBe('delivered');
      expect((await sent(held)).state).toBe('ready');
      const [{ id }] = (await api('GET', '/v1/whatsapp-accounts')).body.data;
      expect((await api('GET', `/v1/whatsapp-accounts/${id}`)).body.hold).toMatchObject({
        scope: 'templates',
      });
      await api('POST', `/v1/whatsapp-accounts/${id}/check`);
      await bench.settle();
      expect((await sent(held)).state).toBe('delivered');
    });

    it('leaves what waited too long expired, even while nothing can go out', async () => {
      await bench.control('POST', '/faults', { name: 'error', code: 131031, count: 1 });
      const first = await send(late(bench.reminder(anna)));
      const { messageId } = await bench.messaging.send(
        bench.ctx(),
        bench.reminder(anna, { usefulUntil: new Date(Date.now() + 25 * HOUR) }),
      );
      await bench.settle();
      expect((await sent(messageId)).state).toBe('ready');
      await bench.sql(`update messaging.message set useful_until = platform.now() where id = $1`, [
        messageId,
      ]);
      await bench.settle();
      expect((await sent(messageId)).state).toBe('expired');
      await reopen();
      expect((await sent(first)).state).toBe('delivered');
    });

    it('for the rate waits at least as long as Retry-After, and counts as no failure', async () => {
      await bench.control('POST', '/faults', {
        name: 'error',
        code: 130429,
        status: 429,
        seconds: 7,
        count: 1,
      });
      const [{ before }] = await bench.sql('select platform.now() as before');
      const id = await send(late(bench.reminder(anna)));
      expect(await sent(id)).toMatchObject({ state: 'ready', reason: 'meta-130429' });
      const [{ waits }] = await bench.sql(
        `select due_at - $2::timestamptz >= interval '7 seconds' as waits from messaging.message where id = $1`,
        [id, before],
      );
      expect(waits).toBe(true);
      await bench.advance('PT10S');
      expect((await sent(id)).state).toBe('delivered');
    });

    it('of the recipient is final and carries its code', async () => {
      await bench.control('POST', '/faults', { name: 'error', code: 131026, count: 1 });
      const id = await send(late(bench.reminder(anna)));
      expect(await sent(id)).toMatchObject({ state: 'failed', failureCode: 131026, reason: 'contact' });
      expect(await attemptsOf(id)).toMatchObject([{ outcome: 'refused', code: 131026 }]);
    });

    it('that comes later, by webhook, is the same', async () => {
      await bench.control('POST', '/faults', { name: 'fail-later', code: 131049, count: 1 });
      const id = await send(late(bench.reminder(anna)));
      expect(await sent(id)).toMatchObject({ state: 'failed', failureCode: 131049 });
    });

    it('of the template stops that template alone', async () => {
      await bench.control('POST', '/faults', { name: 'error', code: 132000, count: 1 });
      const hi = template({ language: 'hi' });
      const id = await send(late(bench.reminder(anna, { content: hi })));
      expect(await sent(id)).toMatchObject({ state: 'failed', failureCode: 132000 });
      const next = await send(late(bench.reminder(anna, { content: hi })));
      expect(await sent(next)).toMatchObject({ state: 'refused', reason: 'template-not-usable' });
      expect((await sent(await send(late(bench.reminder(anna))))).state).toBe('delivered');
    });
  });

  describe('an answer that never comes', () => {
    it('has its attempt row before the call, and a status settles it: one message, not two', async () => {
      const before = (await bench.control('GET', '/messages')).data.length;
      await bench.control('POST', '/faults', { name: 'drop-answer', count: 1 });
      await bench.control('POST', '/settings', { step_ms: 1_500 });
      const { messageId } = await bench.messaging.send(bench.ctx(), late(bench.reminder(anna)));
      await until(async () => (await sent(messageId)).state === 'unknown');
      expect(await attemptsOf(messageId)).toMatchObject([{ outcome: 'unknown', ended_at: null }]);
      await bench.settle();
      await bench.control('POST', '/settings', { step_ms: 5 });
      const message = await sent(messageId);
      expect(message).toMatchObject({ state: 'delivered' });
      expect(message.wamid).toMatch(/^wamid\./);
      expect(await attemptsOf(messageId)).toMatchObject([{ outcome: 'accepted' }]);
      expect((await bench.control('GET', '/messages')).data.length).toBe(before + 1);
    });

    it('is shown to a person after ten minutes, and is never sent again blindly', async () => {
      await bench.control('POST', '/faults', { name: 'drop-all-sends', count: 1 });
      const before = (await attempts()).length;
      const id = await send(late(bench.reminder(anna)));
      expect((await sent(id)).state).toBe('unknown');
      await bench.advance('PT9M');
      expect((await sent(id)).state).toBe('unknown');
      await bench.advance('PT2M');
      expect(await sent(id)).toMatchObject({ state: 'parked', reason: 'no-answer' });
      expect((await workItems('message-unknown')).at(-1)).toMatchObject({ subject_id: id, state: 'open' });
      expect((await attempts()).length).toBe(before + 1);
    });

    it('is settled by a late status even when it was parked, and the work item with it', async () => {
      const [{ id }] = await bench.sql(`select id from messaging.message where state = 'parked' limit 1`);
      const [attempt] = await attemptsOf(id);
      await raw({ statuses: [status('wamid.late', 'sent', { biz_opaque_callback_data: attempt.id })] });
      expect(await sent(id)).toMatchObject({ state: 'sent', reason: null, wamid: 'wamid.late' });
      expect((await workItems('message-unknown')).at(-1)).toMatchObject({
        state: 'resolved',
        resolution: 'status-came',
      });
    });
  });

  const status = (id: string, name: string, more: object = {}) => ({
    id,
    status: name,
    timestamp: String(Math.floor(Date.now() / 1000)),
    recipient_id: anna.waId,
    ...more,
  });
  const raw = async (value: object): Promise<void> => {
    const metadata = { display_phone_number: '18005550190', phone_number_id: ST_MARYS };
    const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } };
    const body = { object: 'whatsapp_business_account', entry: [{ id: '200300400', changes: [change] }] };
    expect(
      (await bench.control('POST', '/send-raw-webhook', { phone_number_id: ST_MARYS, body })).status,
    ).toBe(200);
    await bench.settle();
  };

  describe('statuses', () => {
    it('end the same when they come twice and backwards', async () => {
      await bench.control('POST', '/faults', { name: 'duplicate-webhooks' });
      await bench.control('POST', '/faults', { name: 'reorder-statuses' });
      const id = await send(late(bench.reminder(anna)));
      await bench.control('POST', `/contacts/${anna.waId}/read`, { phone_number_id: ST_MARYS });
      await bench.settle();
      const message = await sent(id);
      expect(message.state).toBe('read');
      for (const time of [message.sentAt, message.deliveredAt, message.readAt]) expect(time).not.toBeNull();
    });

    it('wait for their message when they come first', async () => {
      await bench.control('POST', '/faults', { name: 'mute-statuses' });
      await bench.control('POST', '/faults', { name: 'drop-answer', count: 1 });
      const id = await send(late(bench.reminder(anna)));
      const [attempt] = await attemptsOf(id);
      await raw({ statuses: [status('wamid.early', 'read')] });
      expect((await sent(id)).state).toBe('unknown');
      await raw({ statuses: [status('wamid.early', 'sent', { biz_opaque_callback_data: attempt.id })] });
      expect(await sent(id)).toMatchObject({ state: 'read', wamid: 'wamid.early' });
      expect(await bench.sql(`select 1 from messaging.early_status`)).toEqual([]);
    });

    it('of nobody change nothing', async () => {
      const states = () => bench.sql(`select id, state, version from messaging.message order by id`);
      const before = await states();
      await raw({
        statuses: [status('wamid.foreign', 'failed', { biz_opaque_callback_data: randomUUID() })],
      });
      expect(await states()).toEqual(before);
    });
  });

  describe('a sender that died', () => {
    const kill = (id: Uuid, state: string): Promise<Told[]> =>
      bench.sql(
        `update messaging.message set state = $2, lease_token = gen_random_uuid(), due_at = platform.now(),
                lease_until = clock_timestamp() - interval '1 s',
                consent_id = coalesce(consent_id, gen_random_uuid()), consent_version = 1, decided_at = platform.now()
          where id = $1`,
        [id, state],
      );
    const handedIn = async (): Promise<Uuid> => {
      await bench.control('POST', '/faults', { name: 'error', code: 131056, count: 1 });
      return send(late(bench.reminder(anna)));
    };

    it('before the attempt leaves a message that is ready again', async () => {
      const id = await handedIn();
      await kill(id, 'claimed');
      await bench.settle();
      expect((await sent(id)).state).toBe('delivered');
    });

    it('after it leaves one that is unknown, and is not sent again', async () => {
      const id = await handedIn();
      const before = (await attempts()).length;
      await kill(id, 'sending');
      await bench.settle();
      expect((await sent(id)).state).toBe('unknown');
      expect((await attempts()).length).toBe(before);
    });
  });

  describe('what was received', () => {
    it('is sealed for the contact until a patient is named, then for the patient', async () => {
      const dora = await bench.person(1004);
      await bench.say(dora, 'My knee hurts');
      const subject = async (): Promise<Told> =>
        (
          await bench.sql(
            `select id, patient_id, content_sealed from messaging.received where address_id = $1`,
            [dora.addressId],
          )
        )[0];
      const { id, patient_id: nobody, content_sealed: before } = await subject();
      expect(nobody).toBeNull();
      expect(await bench.messaging.received(bench.ctx(), [id])).toMatchObject([
        { kind: 'text', text: 'My knee hurts', token: null },
      ]);
      await bench.messaging.attribute(bench.ctx(), [{ receivedId: id, patientId: dora.patientId }]);
      await bench.messaging.attribute(bench.ctx(), [{ receivedId: id, patientId: dora.patientId }]);
      const { patient_id: patientId, content_sealed: after } = await subject();
      expect(patientId).toBe(dora.patientId);
      expect(after.equals(before)).toBe(false);
      expect(await bench.messaging.received(bench.ctx(), [id])).toMatchObject([{ text: 'My knee hurts' }]);
    });

    it('belongs to its organization alone', async () => {
      const [{ id }] = await bench.sql(`select id from messaging.received limit 1`);
      expect(await bench.messaging.received(bench.ctx('harbour'), [id])).toEqual([]);
    });
  });
});
