import { BUSINESS, NUMBER, PATIENT, startBench, type Bench } from '../testing/sandbox.fake.js';

describe('what Meta decides', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const review = (given: object) =>
    bench.control('POST', '/templates', {
      business_account_id: BUSINESS,
      name: 'appointment_reminder',
      language: 'pt_BR',
      ...given,
    });
  const changes = async () => {
    await bench.idle();
    return bench.receiver.received.flatMap(({ body }) => body.entry.flatMap(({ changes }: never) => changes));
  };
  const listed = async (fields: string) =>
    (
      await bench.graph(
        'GET',
        `/${BUSINESS}/message_templates?fields=${fields}&name=appointment_reminder&language=pt_BR`,
      )
    ).body.data[0];

  const named = {
    message_template_id: expect.any(Number),
    message_template_name: 'appointment_reminder',
    message_template_language: 'pt-BR',
  };

  test('the quality of a template changes, in the list and by webhook', async () => {
    await review({ quality: 'GREEN' });
    await review({ quality: 'RED' });
    expect((await changes()).at(-1)).toEqual({
      field: 'message_template_quality_update',
      value: { previous_quality_score: 'GREEN', new_quality_score: 'RED', ...named },
    });
    expect((await listed('quality_score')).quality_score).toEqual({ score: 'RED' });
  });

  test('a change of category is announced, then made', async () => {
    await review({ category: 'MARKETING', category_from: '2026-12-01T00:00:00Z' });
    expect((await listed('category')).category).toBe('UTILITY');
    await review({ category: 'MARKETING' });
    expect((await listed('category')).category).toBe('MARKETING');
    expect(await changes()).toEqual([
      {
        field: 'template_category_update',
        value: {
          new_category: 'UTILITY',
          correct_category: 'MARKETING',
          category_update_timestamp: Date.parse('2026-12-01T00:00:00Z') / 1000,
          ...named,
        },
      },
      {
        field: 'template_category_update',
        value: { previous_category: 'UTILITY', new_category: 'MARKETING', ...named },
      },
    ]);
  });

  test.each([
    [{ status: 'PAUSED' }, { event: 'PAUSED', other_info: { title: 'FIRST_PAUSE', description: 'paused' } }],
    [
      { status: 'DISABLED' },
      { event: 'DISABLED', other_info: { title: 'DISABLED', description: 'disabled' } },
    ],
    [
      { status: 'REJECTED', reason: 'PROMOTIONAL' },
      { event: 'REJECTED', reason: 'PROMOTIONAL', rejection_info: { reason: 'PROMOTIONAL' } },
    ],
    [{ status: 'APPROVED' }, { event: 'APPROVED', reason: 'NONE' }],
  ])('a review of %j is told as %j', async (given, value) => {
    await review(given);
    expect(await changes()).toMatchObject([{ field: 'message_template_status_update', value }]);
  });

  test('a review without any change is refused', async () => {
    expect((await review({})).status).toBe(400);
  });

  test.each([
    ['account_update', 'event', 'ACCOUNT_RESTRICTION'],
    ['account_review_update', 'decision', 'APPROVED'],
    ['account_alerts', 'alert_severity', 'WARNING'],
    ['business_capability_update', 'max_phone_numbers_per_business', 20],
    ['phone_number_name_update', 'decision', 'APPROVED'],
    ['phone_number_quality_update', 'event', 'ONBOARDING'],
    ['security', 'event', 'PIN_CHANGED'],
  ])('an event of %s is told on demand, with the time', async (field, key, value) => {
    await bench.control('POST', '/events', { phone_number_id: NUMBER, field });
    expect(await changes()).toMatchObject([{ field, value: { [key]: value } }]);
    expect(bench.receiver.received[0]!.body.entry[0]).toMatchObject({
      id: BUSINESS,
      time: expect.any(Number),
    });
  });

  test('the words of an event may be given', async () => {
    const value = { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } };
    await bench.control('POST', '/events', { phone_number_id: NUMBER, field: 'account_update', value });
    expect((await changes())[0].value).toMatchObject(value);
    const unknown = await bench.control('POST', '/events', { phone_number_id: NUMBER, field: 'weather' });
    expect(unknown.status).toBe(400);
  });

  test.each(['stop', 'resume'])('a patient prefers to %s marketing', async (value) => {
    await bench.control('POST', `/contacts/${PATIENT}/prefer`, { phone_number_id: NUMBER, value });
    expect(await changes()).toMatchObject([
      {
        field: 'user_preferences',
        value: {
          contacts: [{ wa_id: PATIENT }],
          user_preferences: [
            { wa_id: PATIENT, category: 'marketing_messages', value, timestamp: expect.any(Number) },
          ],
        },
      },
    ]);
  });
});
