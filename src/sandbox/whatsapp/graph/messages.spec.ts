import {
  BUSINESS,
  NUMBER,
  PATIENT,
  reminder,
  startBench,
  text,
  textParameter,
  type Bench,
} from '../testing/sandbox.fake.js';

const LANGUAGES: Record<string, string[]> = {
  en: ['Confirm', 'Cancel'],
  es: ['Confirmar', 'Cancelar'],
  ml: ['സ്ഥിരീകരിക്കുക', 'റദ്ദാക്കുക'],
  hi: ['पुष्टि करें', 'रद्द करें'],
  ar: ['تأكيد', 'إلغاء'],
  pt_BR: ['Confirmar', 'Cancelar'],
  fr: ['Confirmer', 'Annuler'],
};

describe('sending a message', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  test('a template to a phone is accepted and answered with the phone alone', async () => {
    const { status, body } = await bench.send({ ...reminder(), to: `+${PATIENT}` });
    expect(status).toBe(200);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: `+${PATIENT}`, wa_id: PATIENT }],
      messages: [{ id: expect.stringMatching(/^wamid\.[A-Za-z0-9+/]{32}$/), message_status: 'accepted' }],
    });
  });

  test('the history holds what the patient sees and what came back to us', async () => {
    await bench.send({ ...reminder(), biz_opaque_callback_data: 'attempt-1' });
    await bench.idle();
    const { body } = await bench.control('GET', `/messages?phone_number_id=${NUMBER}&to=${PATIENT}`);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({
      n: 1,
      to: PATIENT,
      template: { name: 'appointment_reminder', language: 'en' },
      parameters: ['Asha', 'Harbour General', 'Tue 24 Nov', '10:30 IST', 'Block B'],
      text: expect.stringContaining('Hello Asha, this is Harbour General.'),
      buttons: [
        { index: 0, title: 'Confirm', payload: 'p.1' },
        { index: 1, title: 'Cancel', payload: 'p.2' },
      ],
      biz_opaque_callback_data: 'attempt-1',
    });
    expect(Object.keys(body.data[0].statuses)).toEqual(['sent', 'delivered']);
    expect(Date.parse(body.data[0].began_at)).toBeLessThanOrEqual(Date.parse(body.data[0].at));
  });

  test('ids never repeat, and the same seed gives the same ones', async () => {
    const ids = async (of: Bench) => {
      const answers = [await of.send(reminder()), await of.send(reminder()), await of.send(reminder())];
      return answers.map(({ body }) => body.messages[0].id);
    };
    const twin = await startBench();
    const first = await ids(bench);
    expect(new Set(first).size).toBe(3);
    expect(await ids(twin)).toEqual(first);
    await twin.close();
  });

  const refusals: [string, object, number, number][] = [
    ['no messaging_product', { messaging_product: undefined, ...reminder() }, 100, 400],
    ['no recipient', { to: undefined, ...reminder() }, 100, 400],
    ['an unknown type', { type: 'hologram' }, 100, 400],
    ['a type without its node', { type: 'template' }, 100, 400],
    ['a phone that is none', { to: 'front desk', ...reminder() }, 131009, 400],
    ['a user id of nobody here', { to: undefined, recipient: 'IN.1234', ...reminder() }, 131009, 400],
    ['the business itself', { to: '12125550100', ...reminder() }, 131021, 400],
    [
      'callback data of 513 characters',
      { biz_opaque_callback_data: 'x'.repeat(513), ...reminder() },
      100,
      400,
    ],
    [
      'four parameters for five',
      reminder({ parameters: ['a', 'b', 'c', 'd'].map(textParameter) }),
      132000,
      400,
    ],
    ['an unknown template', reminder({ name: 'never_made' }), 132001, 404],
    ['a language it does not speak', reminder({ language: 'de' }), 132001, 404],
    ['a named parameter in a positional template', reminder({ parameters: named() }), 132012, 400],
    [
      'an image where text belongs',
      reminder({ parameters: [...four(), { type: 'image', image: { id: '1' } }] }),
      132012,
      400,
    ],
    ['a new line in a parameter', reminder({ parameters: [...four(), textParameter('a\nb')] }), 132018, 400],
    ['an empty parameter', reminder({ parameters: [...four(), textParameter('')] }), 131008, 400],
    [
      'a text that grows too long',
      reminder({ parameters: [...four(), textParameter('x'.repeat(1024))] }),
      132005,
      400,
    ],
    ['a paused template', reminder({ name: 'appointment_reminder_v0' }), 132015, 400],
    ['a button that does not exist', reminder({ payloads: ['a', 'b', 'c'] }), 132018, 400],
    ['a payload of 257 characters', reminder({ payloads: ['x'.repeat(257)] }), 131009, 400],
  ];
  test.each(refusals)('%s is refused', async (_, message, code, status) => {
    const answer = await bench.send(message);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ code, type: 'OAuthException', fbtrace_id: expect.any(String) });
    const { body } = await bench.control('GET', '/attempts');
    expect(body.data).toMatchObject([{ outcome: 'error', code, wamid: null }]);
    expect((await bench.control('GET', '/messages')).body.data).toEqual([]);
  });

  test('callback data of 512 characters is taken', async () => {
    expect((await bench.send({ ...reminder(), biz_opaque_callback_data: 'x'.repeat(512) })).status).toBe(200);
  });

  test('a wrong count names the component and both counts', async () => {
    const { body } = await bench.send(reminder({ parameters: [textParameter('a')] }));
    expect(body.error.error_data).toEqual({
      messaging_product: 'whatsapp',
      details: 'body: number of localizable_params (1) does not match the expected number of params (5)',
    });
  });

  test('a disabled template is refused for good', async () => {
    const template = {
      business_account_id: BUSINESS,
      name: 'appointment_reminder',
      language: 'en',
      status: 'DISABLED',
    };
    await bench.control('POST', '/templates', template);
    expect((await bench.send(reminder())).body.error.code).toBe(132016);
  });

  test('a body that is not JSON is error 100', async () => {
    const { status, body } = await bench.graph('POST', `/${NUMBER}/messages`, '{"to":');
    expect([status, body.error.code]).toEqual([400, 100]);
  });

  test('a read receipt, with or without typing, makes no message', async () => {
    const receipt = {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: 'wamid.IN5',
      typing_indicator: { type: 'text' },
    };
    const { status, body } = await bench.graph('POST', `/${NUMBER}/messages`, receipt);
    expect([status, body]).toEqual([200, { success: true }]);
    expect((await bench.control('GET', '/messages')).body.data).toEqual([]);
  });

  test.each(Object.keys(LANGUAGES))('the reminder speaks %s and its buttons answer', async (language) => {
    expect((await bench.send(reminder({ language }))).status).toBe(200);
    const { body } = await bench.control('GET', '/messages');
    expect(body.data[0].buttons.map((button: { title: string }) => button.title)).toEqual(
      LANGUAGES[language],
    );
    expect(body.data[0].text).not.toMatch(/\{\{/);
  });

  test('free-form text needs an open customer service window', async () => {
    expect((await bench.send(text('Hello'))).body.error.code).toBe(131047);
    await bench.say('Hello');
    expect((await bench.send(text('Hello'))).status).toBe(200);
  });
});

function four(): object[] {
  return ['a', 'b', 'c', 'd'].map(textParameter);
}

function named(): object[] {
  return [...four(), { type: 'text', text: 'e', parameter_name: 'place' }];
}
