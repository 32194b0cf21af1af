import { parseEhrSection } from './setup-section.js';

const EHR = { name: 'main', baseUrl: 'http://127.0.0.1:9101/fhir/', allowPrivateNetwork: true };

const faultsOf = (value: unknown): string[] => {
  const parsed = parseEhrSection(value, 'o.ehr');
  return 'faults' in parsed ? parsed.faults : [];
};

describe('the setup section ehr', () => {
  it('fills in what is not said', () => {
    expect(parseEhrSection([EHR], 'o.ehr')).toEqual({
      value: [
        {
          name: 'main',
          baseUrl: 'http://127.0.0.1:9101/fhir',
          alternateBaseUrls: [],
          profile: 'auto',
          auth: { type: 'none' },
          syncStrategy: 'auto',
          scanBy: 'auto',
          horizonDays: 45,
          intervalSeconds: 300,
          locations: [],
          practitioners: [],
          requestsPerSecond: 5,
          concurrency: 2,
          quietHours: null,
          appointmentWrite: 'auto',
          summaryCarrier: 'auto',
          escrowKey: null,
          summarySender: null,
          summaryRecipients: [],
          summaryLabel: null,
          allowPrivateNetwork: true,
          state: null,
        },
      ],
    });
    expect(parseEhrSection(undefined, 'o.ehr')).toEqual({ value: [] });
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

  it('says that smart-backend is not offered yet', () => {
    const faults = faultsOf([{ ...EHR, auth: { type: 'smart-backend', clientId: 'x' } }]);
    expect(faults).toEqual([expect.stringContaining('smart-backend is not offered yet')]);
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
