import { DEFAULTS } from '../domain/settings.policy.js';
import { settingsFrom } from './connection-input.js';

const NEW = { ...DEFAULTS, name: '', baseUrl: '' };
const SECRET = {
  ...DEFAULTS,
  name: 'main',
  baseUrl: 'https://ehr.example/fhir',
  auth: { type: 'bearer' as const, token: 't' },
};

describe('what a caller says of a connection', () => {
  it('is laid over the defaults', () => {
    const said = { name: 'main', base_url: 'https://ehr.example/fhir/', sync: { horizon_days: 10 } };
    expect(settingsFrom(NEW, said)).toEqual({
      ...NEW,
      name: 'main',
      baseUrl: 'https://ehr.example/fhir',
      horizonDays: 10,
    });
  });

  it('is a gentle rhythm where nothing is said', () => {
    // Reference: overlap 5 min; today + 45 d; the next 72 h every 10 min; 5 requests a second, two at once.
    expect(settingsFrom(NEW, { name: 'main', base_url: 'https://ehr.example/fhir' })).toMatchObject({
      overlapSeconds: 300,
      horizonDays: 45,
      intervalSeconds: 600,
      requestsPerSecond: 5,
      concurrency: 2,
      quietHours: null,
    });
  });

  it('leaves the rest as it is', () => {
    expect(settingsFrom(SECRET, { state: 'paused' })).toEqual({ ...SECRET, state: 'paused' });
  });

  it.each([
    ['ehr.base-url', { base_url: 'http://ehr.example/fhir' }],
    ['ehr.base-url', { base_url: 'nowhere' }],
    ['ehr.auth', { base_url: 'https://ehr.example/fhir', auth: { type: 'basic' as const, username: 'u' } }],
    ['ehr.auth', { base_url: 'https://ehr.example/fhir', auth: { type: 'smart-backend' as const } }],
  ])('is refused with %s', (code, said) => {
    expect(() => settingsFrom(NEW, said)).toThrow(code);
  });

  it('signs in by SMART Backend Services, with its defaults', () => {
    const auth = { type: 'smart-backend' as const, client_id: 'an-app' };
    expect(settingsFrom(NEW, { name: 'main', base_url: 'https://ehr.example/fhir', auth }).auth).toEqual({
      ...{ type: 'smart-backend', clientId: 'an-app', tokenUrl: null, alg: 'ES384' },
      ...{ scopes: [], privateKeys: [] },
    });
  });

  it.each([
    { client_id: undefined },
    { private_key: 'no key' },
    { private_key: 'a', private_keys: ['b'] },
    { token_url: 'http://ehr.example/token' },
    { token_url: 'https://u:p@ehr.example/token' },
  ])('does not sign in with %j', (wrong) => {
    const auth = { type: 'smart-backend' as const, client_id: 'an-app', ...wrong };
    const said = { name: 'main', base_url: 'https://ehr.example/fhir', auth };
    expect(() => settingsFrom(NEW, said)).toThrow('ehr.auth');
  });

  it('does not carry a kept secret to another server', () => {
    expect(() => settingsFrom(SECRET, { base_url: 'https://thief.example/fhir' })).toThrow('ehr.auth');
    const auth = { type: 'bearer' as const, token: 'other' };
    expect(settingsFrom(SECRET, { base_url: 'https://new.example/fhir', auth }).auth).toEqual(auth);
    expect(settingsFrom(SECRET, { base_url: 'https://ehr.example/other' }).auth).toEqual(SECRET.auth);
  });
});
