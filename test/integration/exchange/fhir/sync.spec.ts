import type { Appointment } from 'fhir/r4.js';
import { type Hospital, openHospital } from './hospital.js';

describe.each(['st-marys', 'harbour'] as const)('a sync of %s', (slug) => {
  let hospital: Hospital;

  beforeAll(async () => {
    hospital = await openHospital(slug);
  });
  afterAll(() => hospital.close());

  it('brings the visits of the horizon and those who take part', async () => {
    const figures = await hospital.sync();
    console.log(figures);
    expect(figures.complete).toBe(true);
    expect(figures.changed.Appointment).toBeGreaterThan(100);
  });

  it('does nothing the second time', async () => {
    const figures = await hospital.sync();
    console.log(figures);
    expect(figures.changed).toEqual({ Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 });
  });
});
