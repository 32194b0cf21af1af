import { jest } from '@jest/globals';
import { Probe } from '../../../../src/exchange/fhir/application/probe.js';
import { Sync } from '../../../../src/exchange/fhir/application/sync.js';
import { CapabilityChanged } from '../../../../src/exchange/fhir/events.js';
import { Events } from '../../../../src/platform/jobs/events.js';
import { rowsOf } from './database.js';
import { openSmartHospital, type SmartHospital } from './smart-hospital.js';

describe('a grant that is narrower than what was asked for', () => {
  let hospital: SmartHospital;
  const NARROW = ['Appointment', 'Patient', 'Location'].map((type) => `system/${type}.rs`);

  beforeAll(async () => {
    hospital = await openSmartHospital('st-marys');
    await hospital.control('PUT', 'token-settings', { narrowTo: NARROW });
  });
  afterAll(() => hospital.close());

  it('case 29: lowers what the EHR can do, and shows it', async () => {
    const publish = jest.spyOn(hospital.test.app.get(Events, { strict: false }), 'publish');
    const { body } = await hospital.call('POST', `/v1/ehr-connections/${hospital.id}/check`);
    expect(body['capabilities']).toMatchObject({
      appointment_write: 'L0',
      reschedule: 'none',
      booking: 'none',
      communication_create: false,
      summary_carrier: 'F',
      includes: ['Appointment:patient', 'Appointment:location'],
      reads: ['Appointment', 'Location', 'Patient'],
      creates: [],
      scopes: { granted: [...NARROW].sort() },
    });
    expect(publish).toHaveBeenCalledWith(expect.anything(), CapabilityChanged, [hospital.connectionId]);
    publish.mockRestore();
  });

  it('case 29: what was not granted is not asked for, scan after scan', async () => {
    const { fhir, ctx, connectionId, test, ehr } = hospital;
    const seen = (await ehr.history()).length;
    const sync = test.app.get(Sync, { strict: false });
    for (let i = 0; i < 2; i++) {
      await rowsOf(test.database, 'update fhir.sync set full_due_at = platform.now()');
      expect(await sync.runNow(ctx, connectionId)).toMatchObject({
        complete: true,
        full: true,
        forbidden: 0,
      });
    }
    const write = {
      ...{ connectionId, appointment: 'Appointment/a-visit', patient: hospital.patient },
      change: { kind: 'confirm' },
    } as never;
    expect(await fhir.writeAppointment(ctx, write)).toEqual({ outcome: 'unsupported' });
    const asked = await ehr.history(seen);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter(({ status }) => status === 403)).toEqual([]);
  });

  it('case 29: another grant at the next token leads to another probe', async () => {
    const { test, ctx, fhir, connectionId } = hospital;
    await hospital.control('PUT', 'token-settings', { narrowTo: null });
    await hospital.at(300);
    await hospital.read();
    expect(await test.app.get(Probe, { strict: false }).claim(ctx)).toBe(1);
    expect(await fhir.capabilities(ctx, connectionId)).toMatchObject({
      appointmentWrite: 'L3',
      summaryCarrier: 'B',
    });
  });
});

describe('a token endpoint that is away', () => {
  let hospital: SmartHospital;
  let said = '';

  beforeAll(async () => {
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
    hospital = await openSmartHospital('st-marys', { settings: { logLevel: 'debug' } });
  });
  afterAll(async () => {
    await hospital.close();
    jest.restoreAllMocks();
  });

  it('case 28: opens the breaker, and nothing goes to the EHR without a token', async () => {
    await hospital.control('POST', 'token-faults', { name: 'down' });
    const tries = Array.from({ length: 10 }, () => hospital.read().catch((error: unknown) => error));
    for (let i = 0; i < 10; i++)
      tries.push(Promise.resolve(await hospital.read().catch((error: unknown) => error)));
    for (const error of await Promise.all(tries))
      expect(error).toMatchObject({ code: 'fhir.sign-in-unavailable', retryable: true, effect: 'not-done' });
    expect(await hospital.tokenRequests()).toHaveLength(3);
    expect(await hospital.ehr.history()).toEqual([]);
    const check = await hospital.call('POST', `/v1/ehr-connections/${hospital.id}/check`);
    expect(check.body).toMatchObject({ ok: false, fault: 'fhir.sign-in-unavailable' });
    const synced = await hospital.call('POST', `/v1/ehr-connections/${hospital.id}/sync`);
    expect([synced.status, synced.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  });

  it('says so in the log, and nothing of keys, assertions or tokens anywhere', async () => {
    await hospital.call('GET', '/v1/ehr-connections');
    expect(said).toContain('"event":"fhir.sign-in-stopped"');
    // Three parts in base64url: an assertion or a token. A JWK's private members. A PEM.
    for (const secret of [/eyJ[\w-]+\.[\w-]+\./, /"(d|p|q|dp|dq|qi)":"/, /PRIVATE KEY/])
      expect(said).not.toMatch(secret);
  });
});
