import { generateKeyPairSync } from 'node:crypto';
import { parseEhrSection } from './setup-section.js';

const EHR = { name: 'main', baseUrl: 'http://127.0.0.1:9101/fhir/', allowPrivateNetwork: true };

const faultsOf = (value: unknown): string[] => {
  const parsed = parseEhrSection(value, 'o.ehr');
  return 'faults' in parsed ? parsed.faults : [];
};

describe('the setup section ehr', () => {
  it('says nothing of what it leaves out, or leaves empty', () => {
    const said = { name: 'main', baseUrl: 'http://127.0.0.1:9101/fhir', allowPrivateNetwork: true };
    expect(parseEhrSection([EHR], 'o.ehr')).toEqual({ value: [said] });
    const empty = { profile: null, auth: null, sync: null, appointmentWrite: null, contactFlags: null };
    expect(parseEhrSection([{ ...EHR, ...empty, hints: {}, disabled: null }], 'o.ehr')).toEqual({
      value: [said],
    });
    expect(parseEhrSection(undefined, 'o.ehr')).toEqual({ value: [] });
  });

  it('takes away with null what may be missing', () => {
    const none = {
      budget: { quietHours: null },
      summary: { escrowKey: null, sender: null, label: null },
      hints: { secret: null, topic: null },
    };
    expect(parseEhrSection([{ ...EHR, ...none }], 'o.ehr')).toMatchObject({
      value: [
        {
          ...{ quietHours: null, escrowKey: null, summarySender: null, summaryLabel: null },
          ...{ hintSecrets: [], subscriptionTopic: null },
        },
      ],
    });
  });

  it.each([59, 86_401])('refuses an overlap of %i seconds: a minute to a day', (overlapSeconds) => {
    expect(faultsOf([{ ...EHR, sync: { overlapSeconds } }])).toHaveLength(1);
    expect(faultsOf([{ ...EHR, sync: { overlapSeconds: 86_400 } }])).toEqual([]);
  });

  it('reads secrets from where they lie', () => {
    const basic = { ...EHR, auth: { type: 'basic', username: 'u', password: { value: 'p' } } };
    const bearer = { ...EHR, name: 'two', auth: { type: 'bearer', token: { value: 't' } } };
    expect(parseEhrSection([basic, bearer], 'o.ehr')).toMatchObject({
      value: [
        { auth: { type: 'basic', username: 'u', password: 'p' } },
        { auth: { type: 'bearer', token: 't' } },
      ],
    });
  });

  describe('with smart-backend', () => {
    const smart = (auth: object): object => ({
      ...EHR,
      auth: { type: 'smart-backend', clientId: 'an-app', ...auth },
    });
    const key = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    const value = key.export({ type: 'pkcs8', format: 'pem' }) as string;
    const jwk = key.export({ format: 'jwk' });

    it('needs no key: the product makes one', () => {
      expect(parseEhrSection([smart({})], 'o.ehr')).toMatchObject({
        value: [{ auth: { clientId: 'an-app', tokenUrl: null, alg: 'ES384', scopes: [], privateKeys: [] } }],
      });
    });

    it.each([
      ['one', { privateKey: { value } }, [jwk]],
      ['several', { privateKeys: [{ value }, { value: JSON.stringify(jwk) }] }, [jwk, jwk]],
    ])('reads %s', (_, given, privateKeys) => {
      expect(parseEhrSection([smart(given)], 'o.ehr')).toMatchObject({ value: [{ auth: { privateKeys } }] });
    });

    it.each([
      ['o.ehr[0].auth.clientId', { clientId: undefined }],
      ['o.ehr[0].auth.alg', { alg: 'HS256' }],
      ['o.ehr[0].auth.privateKey must be an RSA key', { alg: 'RS384', privateKey: { value } }],
      ['o.ehr[0].auth.privateKey needs exactly one of', { privateKey: {} }],
      [
        'o.ehr[0].auth.privateKeys[1] is no private key',
        { privateKeys: [{ value }, { value: 'not a key' }] },
      ],
      ['o.ehr[0].auth takes privateKey or privateKeys', { privateKey: { value }, privateKeys: [{ value }] }],
      ['o.ehr[0].auth.tokenUrl must be an http(s) address', { tokenUrl: 'here' }],
      ['o.ehr[0].auth.scopes', { scopes: ['two words'] }],
      ['o.ehr[0].auth.secret is not a known setting', { secret: 'x' }],
    ])('says %s', (fault, wrong) => {
      const faults = faultsOf([smart(wrong)]);
      expect(faults).toEqual([expect.stringContaining(fault)]);
      expect(faults.join()).not.toContain('BEGIN');
    });

    it('wants https for the token address outside of a private network', () => {
      const auth = { type: 'smart-backend', clientId: 'x', tokenUrl: 'http://ehr.example/token' };
      const ehr = { name: 'main', baseUrl: 'https://ehr.example/fhir', auth };
      expect(faultsOf([ehr])).toEqual(['o.ehr[0].auth.tokenUrl must be https outside of a private network.']);
    });
  });

  it('tells every fault at once, each with its path', () => {
    const faults = faultsOf([
      {
        ...EHR,
        name: 'Main!',
        sync: { strategy: 'guess', intervalSeconds: 1 },
        auth: { type: 'bearer' },
        colour: 'red',
      },
      { ...EHR, baseUrl: 'http://10.0.0.1/fhir', allowPrivateNetwork: false },
    ]);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringContaining('o.ehr[0].name'),
        expect.stringContaining('o.ehr[0].sync.strategy'),
        expect.stringContaining('o.ehr[0].sync.intervalSeconds'),
        expect.stringContaining('o.ehr[0].auth.token'),
        expect.stringContaining('o.ehr[0].colour'),
        expect.stringContaining('o.ehr[1].baseUrl must be https'),
      ]),
    );
  });

  it.each(['ftp://ehr.example/fhir', 'https://u:p@ehr.example/fhir', 'https://ehr.example/fhir?x=1', 'here'])(
    'refuses %s as a base address',
    (baseUrl) => {
      expect(faultsOf([{ ...EHR, baseUrl }])).toEqual([expect.stringContaining('o.ehr[0].baseUrl')]);
    },
  );

  it('refuses one name twice', () => {
    expect(faultsOf([EHR, EHR])).toEqual(['o.ehr: the name main is used twice.']);
  });
});
