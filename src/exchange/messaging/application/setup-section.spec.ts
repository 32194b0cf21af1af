import { parseWhatsappSection } from './setup-section.js';

const GOOD = {
  name: 'main',
  graphBaseUrl: 'https://graph.example/v25.0',
  businessAccountId: '200300400',
  phoneNumberId: '100200300',
  accessToken: { value: 'token-of-a-test' },
  appSecret: { value: 'secret-of-a-test' },
  verifyToken: { value: 'verify-of-a-test' },
};
const parse = (value: unknown) => parseWhatsappSection(value, 'organizations[0].whatsapp');

describe('the section whatsapp of the setup file', () => {
  it('gives the accounts', () => {
    expect(parse([GOOD])).toEqual({
      value: [
        {
          name: 'main',
          graphBaseUrl: 'https://graph.example/v25.0',
          businessAccountId: '200300400',
          phoneNumberId: '100200300',
          accessToken: 'token-of-a-test',
          appSecrets: ['secret-of-a-test'],
          verifyToken: 'verify-of-a-test',
          allowPrivateNetwork: false,
        },
      ],
    });
    expect(parse(undefined)).toEqual({ value: [] });
  });

  it('takes two app secrets during rotation', () => {
    const parsed = parse([{ ...GOOD, appSecret: [{ value: 'old' }, { value: 'new' }] }]);
    expect(parsed).toMatchObject({ value: [{ appSecrets: ['old', 'new'] }] });
  });

  it('lists every fault at once, and no secret', () => {
    const bad = { ...GOOD, graphBaseUrl: 'graph', phoneNumberId: 100200300, colour: 'red' };
    const parsed = parse([
      bad,
      { ...GOOD, accessToken: {}, appSecret: [], graphBaseUrl: 'http://graph.example/v25.0' },
    ]);
    const faults = 'faults' in parsed ? parsed.faults : [];
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringContaining('whatsapp[0].graphBaseUrl'),
        expect.stringContaining('whatsapp[0].phoneNumberId'),
        expect.stringContaining('whatsapp[0].colour'),
        expect.stringContaining('whatsapp[1].accessToken'),
        expect.stringContaining('whatsapp[1].appSecret'),
        expect.stringContaining('whatsapp[1].graphBaseUrl must begin with https://'),
      ]),
    );
    expect(faults.join()).not.toMatch(/of-a-test/);
  });

  it('refuses one name for two accounts', () => {
    expect(parse([GOOD, GOOD])).toEqual({ faults: [expect.stringContaining('main')] });
  });
});
