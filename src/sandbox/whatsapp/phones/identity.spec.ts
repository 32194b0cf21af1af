import {
  BUSINESS,
  NUMBER,
  PATIENT,
  reminder,
  startBench,
  text,
  type Bench,
} from '../testing/sandbox.fake.js';

const NEW_NUMBER = '12125550149';

describe('a patient who becomes somebody else for WhatsApp', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench([
      {},
      { phoneNumberId: '100200301', displayPhoneNumber: '+1 212 555 0101', businessAccountId: '900' },
    ]);
  });
  afterEach(() => bench.close());

  const userIdOf = async (waId: string, more: object = {}) =>
    (await bench.control('POST', '/contacts', { wa_id: waId, ...more })).body.user_ids[BUSINESS] as string;
  const change = (what: string, body: object = {}, who = PATIENT) =>
    bench.control('POST', `/contacts/${who}/${what}`, body);
  const lastValue = async () => {
    await bench.idle();
    return bench.receiver.values().at(-1);
  };

  test('changes the number: old and new phone and user id are told, without contacts', async () => {
    const before = await userIdOf(PATIENT);
    await bench.say('Hello');
    const { body } = await change('change-number', { new_wa_id: NEW_NUMBER });
    const value = await lastValue();
    expect(value).not.toHaveProperty('contacts');
    expect(value.messages).toEqual([
      {
        from: PATIENT,
        id: body.wamids[0],
        timestamp: expect.any(String),
        type: 'system',
        system: {
          type: 'user_changed_number',
          body: `User WhatsApp user changed from ${PATIENT} to ${NEW_NUMBER}`,
          wa_id: NEW_NUMBER,
          previous_user_id: before,
          user_id: body.user_ids[BUSINESS],
        },
      },
    ]);
    expect(body.user_ids[BUSINESS]).not.toBe(before);
  });

  test('takes the open window along; who comes to the old number is a stranger', async () => {
    const before = await userIdOf(PATIENT);
    await bench.say('Hello');
    await change('change-number', { new_wa_id: NEW_NUMBER });
    expect((await bench.send({ to: NEW_NUMBER, ...text('Hello') })).status).toBe(200);
    expect((await bench.send(text('Hello'))).body.error.code).toBe(131047);
    expect(await userIdOf(PATIENT)).not.toBe(before);
    const old = await bench.send({ to: undefined, recipient: before, ...reminder() });
    expect(old.body.error.code).toBe(131009);
  });

  test('hides the phone: only the user ids are told', async () => {
    const before = await userIdOf(PATIENT, { hide_phone: true });
    await bench.say('Hello');
    await change('change-number', { new_wa_id: NEW_NUMBER });
    const { messages } = await lastValue();
    expect(messages[0].system).toMatchObject({ type: 'user_changed_user_id', previous_user_id: before });
    expect(JSON.stringify(bench.receiver.values())).not.toMatch(`${PATIENT}|${NEW_NUMBER}`);
  });

  test('gets another user id and keeps the phone', async () => {
    const before = await userIdOf(PATIENT);
    await bench.say('Hello');
    const { body } = await change('change-user-id');
    expect((await lastValue()).messages).toMatchObject([
      {
        type: 'system',
        system: { type: 'user_changed_user_id', previous_user_id: before, user_id: body.user_ids[BUSINESS] },
      },
    ]);
    expect((await lastValue()).messages[0]).not.toHaveProperty('from');
    expect(body.wa_id).toBe(PATIENT);
  });

  test('is announced to every number that knows the patient, and to no other', async () => {
    expect((await change('change-user-id')).body.wamids).toEqual([]);
    await bench.say('to the first');
    await bench.say('to the second', { phone_number_id: '100200301' });
    expect((await change('change-user-id')).body.wamids).toHaveLength(2);
    await bench.idle();
    const told = bench.receiver.values().filter(({ messages }) => messages[0].type === 'system');
    expect(told.map(({ metadata }) => metadata.phone_number_id).sort()).toEqual([NUMBER, '100200301']);
  });

  test('can be named by the user id, and not take the number of another', async () => {
    const userId = await userIdOf(PATIENT);
    await userIdOf(NEW_NUMBER);
    const say = { phone_number_id: NUMBER, text: 'Hello' };
    await bench.control('POST', `/contacts/${userId}/say`, say);
    await bench.idle();
    expect(bench.receiver.messages()).toMatchObject([{ from: PATIENT, from_user_id: userId }]);
    expect((await change('change-number', { new_wa_id: NEW_NUMBER })).status).toBe(409);
  });
});
