import { startBench, text, type Bench } from '../testing/sandbox.fake.js';

const long = (length: number): string => 'x'.repeat(length);
const body = { text: 'Which day suits you?' };
const reply = (id: string, title: string): object => ({ type: 'reply', reply: { id, title } });
const buttons = (...given: object[]): object =>
  interactive({ type: 'button', body, action: { buttons: given } });
const row = (id: string, more: object = {}): object => ({ id, title: id, ...more });
const rows = (count: number): object[] => Array.from({ length: count }, (_, at) => row(`slot ${at}`));
const list = (sections: object[], more: object = {}): object =>
  interactive({ type: 'list', body, action: { button: 'Days', sections, ...more } });
const link = (parameters: object, more: object = {}): object =>
  interactive({ type: 'cta_url', body, action: { name: 'cta_url', parameters }, ...more });

function interactive(node: object): object {
  return { type: 'interactive', interactive: node };
}

describe('a free-form message in an open customer service window', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench();
    await bench.say('Hello');
  });
  afterAll(() => bench.close());

  test.each<[string, object]>([
    ['a text of 4096', text(long(4096))],
    ['three buttons at their limits', buttons(reply(long(256), long(20)), reply('b', 'B'), reply('c', 'C'))],
    [
      'a list of ten rows at their limits',
      list([{ rows: [row(long(200), { title: long(24), description: long(72) }), ...rows(9)] }]),
    ],
    ['ten sections of one row', list(rows(10).map((one, at) => ({ title: `Day ${at}`, rows: [one] })))],
    ['a link', link({ display_text: long(20), url: 'https://hospital.example/prepare' })],
    [
      'header and footer of 60',
      link({ display_text: 'Open', url: 'https://hospital.example/' }, headerAndFooter(60)),
    ],
    [
      'an image by id with a caption of 1024',
      { type: 'image', image: { id: '700800900', caption: long(1024) } },
    ],
    [
      'a document by link',
      { type: 'document', document: { link: 'https://hospital.example/a.pdf', filename: 'a.pdf' } },
    ],
    ['a location', { type: 'location', location: { latitude: 10.02, longitude: '76.31' } }],
    ['a contact', { type: 'contacts', contacts: [{ name: { formatted_name: 'Front desk' } }] }],
    ['a reaction', { type: 'reaction', reaction: { message_id: 'wamid.IN', emoji: '👍' } }],
  ])('%s is accepted', async (_, message) => {
    expect(await bench.send(message)).toMatchObject({ status: 200 });
  });

  test.each<[string, object, number]>([
    ['a text of 4097', text(long(4097)), 100],
    ['an empty text', text(''), 100],
    [
      'interactive without a body',
      interactive({ type: 'button', action: { buttons: [reply('a', 'A')] } }),
      131008,
    ],
    ['interactive without an action', interactive({ type: 'button', body }), 131008],
    ['an unknown interactive type', interactive({ type: 'carousel', body, action: {} }), 131009],
    [
      'a body of 1025',
      interactive({ type: 'button', body: { text: long(1025) }, action: { buttons: [reply('a', 'A')] } }),
      131009,
    ],
    ['no buttons', buttons(), 131009],
    ['four buttons', buttons(reply('a', 'A'), reply('b', 'B'), reply('c', 'C'), reply('d', 'D')), 131009],
    ['a button title of 21', buttons(reply('a', long(21))), 131009],
    ['a button id of 257', buttons(reply(long(257), 'A')), 131009],
    ['a button without an id', buttons({ type: 'reply', reply: { title: 'A' } }), 131008],
    ['two buttons of one title', buttons(reply('a', 'A'), reply('b', 'A')), 131009],
    ['two buttons of one id', buttons(reply('a', 'A'), reply('a', 'B')), 131009],
    [
      'eleven rows',
      list([
        { rows: rows(10), title: 'a' },
        { rows: [row('z')], title: 'b' },
      ]),
      131009,
    ],
    ['eleven sections', list(rows(11).map((one) => ({ title: 'Day', rows: [one] }))), 131009],
    ['several sections, one untitled', list([{ rows: rows(1), title: 'a' }, { rows: [row('z')] }]), 131008],
    ['a section title of 25', list([{ rows: rows(1), title: long(25) }]), 131009],
    ['a list label of 21', list([{ rows: rows(1) }], { button: long(21) }), 131009],
    ['a row title of 25', list([{ rows: [row('a', { title: long(25) })] }]), 131009],
    ['a row description of 73', list([{ rows: [row('a', { description: long(73) })] }]), 131009],
    ['a row id of 201', list([{ rows: [row(long(201), { title: 'A' })] }]), 131009],
    ['two rows of one id', list([{ rows: [row('a'), row('a')] }]), 131009],
    ['a link text of 21', link({ display_text: long(21), url: 'https://hospital.example/' }), 131009],
    ['a link that is none', link({ display_text: 'Open', url: 'hospital' }), 131009],
    [
      'header and footer of 61',
      link({ display_text: 'Open', url: 'https://hospital.example/' }, headerAndFooter(61)),
      131009,
    ],
    ['an image without id or link', { type: 'image', image: {} }, 100],
    [
      'an image with both',
      { type: 'image', image: { id: '1', link: 'https://hospital.example/a.jpg' } },
      100,
    ],
    ['a caption on audio', { type: 'audio', audio: { id: '1', caption: 'listen' } }, 100],
    ['a caption of 1025', { type: 'image', image: { id: '1', caption: long(1025) } }, 131009],
    ['a place outside the world', { type: 'location', location: { latitude: 91, longitude: 0 } }, 131009],
    [
      'six contacts',
      { type: 'contacts', contacts: Array(6).fill({ name: { formatted_name: 'A' } }) },
      131009,
    ],
  ])('%s is refused', async (_, message, code) => {
    const answer = await bench.send(message);
    expect([answer.status, answer.body.error?.code]).toEqual([400, code]);
  });
});

function headerAndFooter(length: number): object {
  return { header: { type: 'text', text: long(length) }, footer: { text: long(length) } };
}
