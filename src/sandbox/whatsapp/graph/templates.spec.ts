import { BUSINESS, reminder, startBench, textParameter, type Bench } from '../testing/sandbox.fake.js';

const LIST = `/${BUSINESS}/message_templates`;
const named = {
  name: 'lab_ready',
  language: 'en_US',
  category: 'UTILITY',
  parameter_format: 'NAMED',
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'For {{who}} now' },
    { type: 'BODY', text: 'Hello {{who}}, please call {{desk}} today.' },
    { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Open', url: 'https://hospital.example/{{1}}' }] },
  ],
};

describe('message templates', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const walk = async (first: string): Promise<{ names: string[]; pages: number }> => {
    const names: string[] = [];
    let pages = 0;
    for (let path: string | undefined = first; path; pages += 1) {
      const { body } = await bench.graph('GET', path);
      names.push(
        ...body.data.map(
          (template: { name: string; language: string }) => `${template.name}/${template.language}`,
        ),
      );
      path = body.paging.next?.replace(`${bench.url}/v25.0`, '');
    }
    return { names, pages };
  };

  test('every account begins with the reminder in seven languages and one paused ancestor', async () => {
    const { body } = await bench.graph('GET', `${LIST}?fields=name,status`);
    expect(body.data).toHaveLength(8);
    expect(body.data.filter(({ status }: { status: string }) => status === 'APPROVED')).toHaveLength(7);
    expect(body.data.at(-1)).toMatchObject({ name: 'appointment_reminder_v0', status: 'PAUSED' });
  });

  test.each([
    [3, 3],
    [4, 2],
    [8, 1],
    [100, 1],
  ])('pages of %i hold everything once, in %i pages', async (limit, pages) => {
    const walked = await walk(`${LIST}?limit=${limit}`);
    expect(walked.pages).toBe(pages);
    expect(new Set(walked.names).size).toBe(8);
  });

  test('the cursor before leads back', async () => {
    const second = (
      await bench.graph(
        'GET',
        (await bench.graph('GET', `${LIST}?limit=3`)).body.paging.next.replace(`${bench.url}/v25.0`, ''),
      )
    ).body;
    const { body } = await bench.graph('GET', `${LIST}?limit=3&before=${second.paging.cursors.before}`);
    expect(body.data[0].language).toBe('en');
    expect(body.paging.previous).toBeUndefined();
  });

  test('filters narrow the list, also from page to page', async () => {
    expect((await walk(`${LIST}?status=APPROVED&limit=2`)).names).toHaveLength(7);
    expect((await walk(`${LIST}?name=appointment_reminder&language=ml`)).names).toEqual([
      'appointment_reminder/ml',
    ]);
    expect((await bench.graph('GET', `${LIST}?name=never_made`)).body).toEqual({ data: [] });
  });

  test('rejected_reason comes only when it is asked for', async () => {
    expect((await bench.graph('GET', LIST)).body.data[0]).not.toHaveProperty('rejected_reason');
    expect((await bench.graph('GET', `${LIST}?fields=rejected_reason`)).body.data[0]).toHaveProperty(
      'rejected_reason',
      'NONE',
    );
  });

  test('a new template waits for approval, is told by webhook, and is then sendable', async () => {
    const created = await bench.graph('POST', LIST, named);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^\d{16}$/),
      status: 'PENDING',
      category: 'UTILITY',
    });
    expect((await bench.send(sendNamed())).body.error.code).toBe(132001);
    await bench.control('POST', '/templates', {
      business_account_id: BUSINESS,
      name: 'lab_ready',
      language: 'en_US',
      status: 'APPROVED',
    });
    await bench.idle();
    expect(bench.receiver.received[0]!.body.entry[0]).toMatchObject({
      id: BUSINESS,
      time: expect.any(Number),
      changes: [{ field: 'message_template_status_update' }],
    });
    expect(bench.receiver.values()[0]).toMatchObject({
      event: 'APPROVED',
      message_template_id: Number(created.body.id),
      message_template_name: 'lab_ready',
      message_template_language: 'en-US',
    });
    expect((await bench.send(sendNamed())).status).toBe(200);
  });

  test('named parameters must carry the names of the template, a link its suffix', async () => {
    await bench.graph('POST', LIST, named);
    await bench.control('POST', '/templates', {
      business_account_id: BUSINESS,
      name: 'lab_ready',
      language: 'en_US',
      status: 'APPROVED',
    });
    const positional = { body: [textParameter('Asha'), textParameter('the desk')] };
    expect((await bench.send(sendNamed(positional))).body.error.code).toBe(132012);
    expect((await bench.send(sendNamed({ buttons: [] }))).body.error.code).toBe(131008);
    expect((await bench.send(sendNamed({ header: [] }))).body.error.code).toBe(132000);
  });

  test.each([
    [
      'a second one of the same name and language',
      { ...named, name: 'appointment_reminder', language: 'en' },
      2388024,
    ],
    [
      'a variable at the end of the body',
      { ...named, components: [{ type: 'BODY', text: 'Call {{desk}}' }] },
      2388299,
    ],
    ['a name with capitals', { ...named, name: 'LabReady' }, undefined],
    ['no body', { ...named, components: [] }, undefined],
    [
      'a button text of 26',
      {
        ...named,
        components: [{ type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'x'.repeat(26) }] }],
      },
      undefined,
    ],
  ])('%s cannot be created', async (_, template, subcode) => {
    const { status, body } = await bench.graph('POST', LIST, template);
    expect([status, body.error.code, body.error.error_subcode]).toEqual([400, 100, subcode]);
  });

  test('a pause that was asked for stops one language and is told, and ends with the fault', async () => {
    const pause = { name: 'template-pause', template: 'appointment_reminder', language: 'pt_BR' };
    expect((await bench.control('POST', '/faults', pause)).status).toBe(200);
    expect((await bench.send(reminder({ language: 'pt_BR' }))).body.error.code).toBe(132015);
    expect((await bench.send(reminder())).status).toBe(200);
    await bench.control('DELETE', '/faults');
    expect((await bench.send(reminder({ language: 'pt_BR' }))).status).toBe(200);
    await bench.idle();
    const events = bench.receiver.values().filter((value) => value.event);
    expect(events.map((value) => [value.event, value.message_template_language])).toEqual([
      ['PAUSED', 'pt-BR'],
      ['APPROVED', 'pt-BR'],
    ]);
  });

  test('a pause of a template that nobody has is refused', async () => {
    const pause = { name: 'template-pause', template: 'never_made', language: 'en' };
    expect((await bench.control('POST', '/faults', pause)).status).toBe(404);
    expect((await bench.control('GET', '/faults')).body.data).toEqual([]);
  });
});

const NAMED_PARTS = {
  header: [{ ...textParameter('Asha'), parameter_name: 'who' }],
  body: [
    { ...textParameter('Asha'), parameter_name: 'who' },
    { ...textParameter('the desk'), parameter_name: 'desk' },
  ],
  buttons: [{ type: 'button', sub_type: 'url', index: 0, parameters: [textParameter('r7')] }] as object[],
};

function sendNamed(parts: Partial<{ header: object[]; body: object[]; buttons: object[] }> = {}): object {
  const { header, body, buttons } = { ...NAMED_PARTS, ...parts };
  const components = [{ type: 'header', parameters: header }, { type: 'body', parameters: body }, ...buttons];
  return { type: 'template', template: { name: 'lab_ready', language: { code: 'en_US' }, components } };
}
