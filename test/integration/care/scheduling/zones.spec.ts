import type { Appointment, FhirResource, Location } from 'fhir/r4.js';
import { participant, World } from './support/world.js';

const TZ = 'http://hl7.org/fhir/StructureDefinition/timezone';

const place = (id: string, zone?: string): Location => ({
  resourceType: 'Location',
  id,
  name: `Clinic ${id}`,
  ...(zone && { extension: [{ url: TZ, valueCode: zone }] }),
});
const refTo = (reference: string) => ({ reference });

interface Row {
  time_zone: string;
  visit_version: number;
  place_reference: string | null;
  practitioner_reference: string | null;
}

describe('the zone of a visit', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });
  afterAll(() => world.end());
  beforeEach(async () => {
    await world.reset();
    world.patients.add('1', 'Asha');
    await world.setClock('2027-01-10T09:00:00Z');
  });

  const has = (...resources: FhirResource[]): void => {
    for (const one of resources) world.ehr.others.set(`${one.resourceType}/${one.id}`, one);
  };
  const with_ = (...references: string[]): Partial<Appointment> => ({
    participant: [participant('Patient/1'), ...references.map((one) => participant(one, 'accepted'))],
  });
  const visit = async (): Promise<Row> =>
    (
      await world.rows<Row>(
        'select time_zone, visit_version, place_reference, practitioner_reference from scheduling.appointment',
      )
    )[0]!;

  it('is that of the place to which a service leads, and the place has its name in the reminder', async () => {
    has(place('7', 'Asia/Kolkata'), {
      resourceType: 'HealthcareService',
      id: '3',
      location: [refTo('Location/7')],
    });
    await world.book(20, with_('HealthcareService/3'));
    expect(await visit()).toMatchObject({ time_zone: 'Asia/Kolkata', place_reference: 'Location/7' });
    expect(world.messaging.reminders()[0]!.content).toMatchObject({
      body: expect.arrayContaining(['Clinic 7', expect.stringContaining('5:30')]),
    });
  });

  it('is that of a role’s service when the role names no place, and the role names who', async () => {
    has(
      place('7', 'Asia/Kolkata'),
      { resourceType: 'HealthcareService', id: '3', location: [refTo('Location/7')] },
      {
        resourceType: 'PractitionerRole',
        id: '4',
        practitioner: refTo('Practitioner/5'),
        healthcareService: [refTo('HealthcareService/3')],
      },
    );
    await world.book(96, with_('PractitionerRole/4'));
    expect(await visit()).toMatchObject({
      time_zone: 'Asia/Kolkata',
      practitioner_reference: 'Practitioner/5',
    });
  });

  it('is that of the schedule’s place for a visit that names a slot alone', async () => {
    has(
      place('7', 'Asia/Kolkata'),
      { resourceType: 'Schedule', id: '2', actor: [refTo('Practitioner/5'), refTo('Location/7')] },
      {
        resourceType: 'Slot',
        id: '9',
        schedule: refTo('Schedule/2'),
        status: 'busy',
        start: '2027-01-14T09:00:00Z',
        end: '2027-01-14T09:30:00Z',
      },
    );
    await world.book(96, { slot: [refTo('Slot/9')] });
    expect(await visit()).toMatchObject({
      time_zone: 'Asia/Kolkata',
      practitioner_reference: 'Practitioner/5',
    });
  });

  it('is the hospital’s, and the visit is reminded of, where a way leads nowhere', async () => {
    await world.book(20, with_('HealthcareService/none'));
    expect(await visit()).toMatchObject({ time_zone: 'Europe/London', visit_version: 1 });
    expect(await world.story()).toContain('1 one-day handed');
  });

  it('waits for an EHR that is away, and no reminder goes by the wrong clock meanwhile', async () => {
    has(place('7', 'Asia/Kolkata'), {
      resourceType: 'HealthcareService',
      id: '3',
      location: [refTo('Location/7')],
    });
    world.ehr.mood = 'away';
    await world.book(20, with_('HealthcareService/3'));
    expect(await world.steps()).toEqual([]);

    world.ehr.mood = 'well';
    await world.advance(0.02);
    expect(await visit()).toMatchObject({ time_zone: 'Asia/Kolkata' });
    expect(world.messaging.reminders()).toHaveLength(1);
  });

  it('changes with its place, and what the patient was told is told anew', async () => {
    await world.ehr.syncLocation(world.ctx, place('7', 'Asia/Kolkata'));
    await world.book(96, with_('Location/7'));
    expect(await visit()).toMatchObject({ time_zone: 'Asia/Kolkata', visit_version: 1 });
    const before = await world.steps();

    await world.ehr.syncLocation(world.ctx, place('7', 'Australia/Perth'));
    await world.settle();

    expect(await visit()).toMatchObject({ time_zone: 'Australia/Perth', visit_version: 2 });
    expect(await world.story()).toEqual([
      '1 three-days withdrawn visit-changed',
      '1 one-day withdrawn visit-changed',
      '2 three-days planned',
      '2 one-day planned',
    ]);
    expect(before).toHaveLength(2);
  });

  it('changes with the way that leads to its place, which is followed once a day', async () => {
    has(place('7', 'Asia/Kolkata'), place('8', 'Australia/Perth'), {
      resourceType: 'HealthcareService',
      id: '3',
      location: [refTo('Location/7')],
    });
    await world.book(240, with_('HealthcareService/3'));
    has({ resourceType: 'HealthcareService', id: '3', location: [refTo('Location/8')] });
    await world.advance(12);
    expect(await visit()).toMatchObject({ time_zone: 'Asia/Kolkata' });
    await world.advance(13);
    expect(await visit()).toMatchObject({ time_zone: 'Australia/Perth', place_reference: 'Location/8' });
  });

  it('is not taken from an unknown name, which is counted', async () => {
    await world.ehr.syncLocation(world.ctx, place('7', 'Mars/Olympus'));
    await world.book(96, {
      ...with_('Location/7'),
      _start: { extension: [{ url: TZ, valueCode: '+05:30' }] },
    });
    expect(await visit()).toMatchObject({ time_zone: 'Europe/London' });
    expect(await world.metric('carethread_scheduling_unknown_zones_total')).toBe(2);
  });
});

describe('case 20: a visit that moves by a quarter of an hour over the end of summer time', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
  });
  afterAll(() => world.end());

  it.each([
    // Clocks go back an hour at 02:00 on 1 November 2026, and half an hour at 02:00 on 5 April 2026.
    ['America/New_York', '2026-11-01T00:50:00-04:00', '2026-11-01T01:05:00-04:00', '2026-10-25T12:00:00Z'],
    ['America/New_York', '2026-11-01T01:50:00-04:00', '2026-11-01T01:05:00-05:00', '2026-10-25T12:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:50:00+11:00', '2026-04-05T01:35:00+10:30', '2026-03-29T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T02:20:00+10:30', '2026-04-05T02:35:00+10:30', '2026-03-29T00:00:00Z'],
  ])('gets one new set of reminders at the right wall time: %s %s', async (zone, from, to, now) => {
    await world.reset();
    world.patients.add('1', 'Asha');
    await world.setClock(now);
    await world.ehr.syncLocation(world.ctx, place('7', zone));
    const end = (start: string): string => new Date(Date.parse(start) + 1_200_000).toISOString();
    await world.book(1, {
      start: from,
      end: end(from),
      participant: [participant('Patient/1'), participant('Location/7', 'accepted')],
    });
    world.change('1', { start: to, end: end(to) });
    await world.sync();

    const steps = await world.steps();
    expect(steps.filter(({ visit_version }) => visit_version === 1).map(({ state }) => state)).toEqual([
      'withdrawn',
      'withdrawn',
    ]);
    const fresh = steps.filter(({ visit_version }) => visit_version === 2);
    expect(fresh.map(({ rule, state }) => `${rule} ${state}`)).toEqual([
      'three-days planned',
      'one-day planned',
    ]);
    const wall = (at: Date): string =>
      new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: zone }).format(at);
    for (const { due_at } of fresh) expect(wall(due_at)).toBe(wall(new Date(to)));
  });
});
