import { DEFAULTS, settingsFrom } from './connection-input.js';

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

  it('does not carry a kept secret to another server', () => {
    expect(() => settingsFrom(SECRET, { base_url: 'https://thief.example/fhir' })).toThrow('ehr.auth');
    const auth = { type: 'bearer' as const, token: 'other' };
    expect(settingsFrom(SECRET, { base_url: 'https://new.example/fhir', auth }).auth).toEqual(auth);
    expect(settingsFrom(SECRET, { base_url: 'https://ehr.example/other' }).auth).toEqual(SECRET.auth);
  });
});
