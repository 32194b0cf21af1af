import { SchedulingFacade } from '../../../../src/care/scheduling/index.js';
import { World } from './support/world.js';

const HOUR = 3_600_000;

describe('free times', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
    await world.setClock('2027-03-25T00:00:00Z');
  });
  afterAll(() => world.end());

  const offer = (from = '2027-03-20T00:00:00Z') =>
    world.app.get(SchedulingFacade).offerSlots(world.ctx, {
      connectionId: world.ehr.connectionId,
      from: new Date(from),
      until: new Date('2027-04-30T00:00:00Z'),
    });
  const slot = (n: number, at: string, more: object = {}) => ({
    reference: `Slot/${n}`,
    start: new Date(at),
    end: new Date(Date.parse(at) + HOUR),
    timeZone: null,
    practitioner: 'Practitioner/5',
    location: null,
    ...more,
  });

  it('are told on the clock of their place, which is read when nobody has named it yet', async () => {
    world.ehr.others.set('Location/7', {
      resourceType: 'Location',
      id: '7',
      name: 'Eye clinic',
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/timezone', valueCode: 'Asia/Kolkata' }],
    });
    world.ehr.slots = [
      slot(1, '2027-03-27T09:00:00Z'),
      // The day on which clocks go forward in London.
      slot(2, '2027-03-28T09:00:00Z'),
      slot(3, '2027-03-29T09:00:00Z', { location: 'Location/7' }),
      slot(4, '2027-03-30T09:00:00Z', { timeZone: 'Australia/Perth' }),
      slot(5, '2027-03-31T09:00:00Z', { timeZone: 'Mars/Olympus' }),
    ];
    const offers = await offer();
    expect(offers.map(({ slot: reference, localStart, place }) => [reference, localStart, place])).toEqual([
      ['Slot/1', '2027-03-27T09:00:00+00:00', null],
      ['Slot/2', '2027-03-28T10:00:00+01:00', null],
      ['Slot/3', '2027-03-29T14:30:00+05:30', 'Eye clinic'],
      ['Slot/4', '2027-03-30T17:00:00+08:00', null],
      ['Slot/5', '2027-03-31T10:00:00+01:00', null],
    ]);
  });

  it('are ten at most, and none that has passed', async () => {
    world.ehr.slots = Array.from({ length: 40 }, (_, n) =>
      slot(n, new Date(Date.parse('2027-03-24T12:00:00Z') + n * HOUR).toISOString()),
    );
    const offers = await offer();
    expect(offers).toHaveLength(10);
    expect(offers[0]!.start.toISOString()).toBe('2027-03-25T01:00:00.000Z');
  });
});
