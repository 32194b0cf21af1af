import { PatientMerged, PatientUnmerged } from '../../../../src/exchange/patients/events.js';
import { SchedulingFacade } from '../../../../src/care/scheduling/index.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { Events } from '../../../../src/platform/jobs/events.js';
import { participant, World } from './support/world.js';

describe('visits of a patient whose record was merged', () => {
  let world: World;
  let merged: ReturnType<World['patients']['add']>;
  let survivor: ReturnType<World['patients']['add']>;

  beforeAll(async () => {
    world = await World.begin();
  });
  afterAll(() => world.end());

  beforeEach(async () => {
    await world.reset();
    merged = world.patients.add('1', 'Asha');
    survivor = world.patients.add('2', 'Asha');
  });

  async function tell(event: string): Promise<void> {
    const events = world.app.get(Events, { strict: false });
    const transactions = world.app.get(Transactions, { strict: false });
    await transactions.run(world.ctx, (tx) => events.publish(tx, event, [merged.patient.id]));
    await world.settle();
  }
  async function join(): Promise<void> {
    world.patients.join(merged, survivor);
    await tell(PatientMerged);
  }
  async function part(): Promise<void> {
    world.patients.join(merged, null);
    await tell(PatientUnmerged);
  }
  const addressOf = (person: typeof merged) => person.addresses[0]!.id;
  const sentTo = () => world.messaging.reminders().map(({ addressId, state }) => [addressId, state]);
  const upcoming = async (person: typeof merged) =>
    (await world.app.get(SchedulingFacade, { strict: false }).upcomingFor(world.ctx, person.patient.id))
      .length;
  const moveTo = async (fhirId: string) => {
    world.change('1', { participant: [participant(`Patient/${fhirId}`)] });
    await world.sync();
  };

  it('case 30: are the survivor’s, by whichever record one asks, and their own again once parted', async () => {
    await world.book(80);
    await join();
    expect([await upcoming(merged), await upcoming(survivor)]).toEqual([1, 1]);
    await part();
    expect([await upcoming(merged), await upcoming(survivor)]).toEqual([1, 0]);
  });

  it('case 30: are told to the survivor, once', async () => {
    await world.book(80);
    await join();
    await world.advance(10);
    expect(sentTo()).toEqual([[addressOf(survivor), 'ready']]);
    world.messaging.deliver();
    await moveTo('2');
    expect(sentTo()).toEqual([[addressOf(survivor), 'read']]);
  });

  it('case 30: are not told again under the survivor what the patient knows', async () => {
    await world.book(80);
    await world.advance(10);
    expect(sentTo()).toEqual([[addressOf(merged), 'ready']]);
    world.messaging.deliver();
    await join();
    await moveTo('2');
    await world.advance(1);
    expect(sentTo()).toEqual([[addressOf(merged), 'read']]);
    await world.advance(48);
    expect(sentTo()).toEqual([
      [addressOf(merged), 'read'],
      [addressOf(survivor), 'ready'],
    ]);
  });

  it('case 30: have what has not begun taken back and planned anew, both ways', async () => {
    await world.book(80);
    await world.advance(10);
    await join();
    expect(sentTo()).toEqual([
      [addressOf(merged), 'refused'],
      [addressOf(survivor), 'ready'],
    ]);
    await part();
    expect(sentTo()).toEqual([
      [addressOf(merged), 'refused'],
      [addressOf(survivor), 'refused'],
      [addressOf(merged), 'ready'],
    ]);
  });

  it('case 30: of a record that nobody could read are its own once it can be read', async () => {
    merged.known = false;
    world.patients.join(merged, survivor);
    await world.book(80);
    expect(await upcoming(survivor)).toBe(1);
    merged.known = true;
    await part();
    expect([await upcoming(merged), await upcoming(survivor)]).toEqual([1, 0]);
  });

  it('case 37: wait while the survivor’s record is behind break-the-glass, and go once it is open', async () => {
    await world.book(80);
    await join();
    world.patients.restricted.add(survivor.patient.id);
    const { reads } = world.ehr;
    await world.advance(10);
    expect([sentTo(), world.ehr.reads]).toEqual([[], reads]);
    expect(await world.story()).toContain('1 three-days planned ehr-forbidden');
    world.patients.restricted.clear();
    await world.advance(1);
    expect(sentTo()).toEqual([[addressOf(survivor), 'ready']]);
  });

  it('case 32: end with the death of the survivor, and the survivor’s with the merged record’s', async () => {
    await world.book(80);
    world.ehr.put({ ...world.ehr.get('1'), id: '2', participant: [participant('Patient/2')] });
    await world.sync();
    const other = world.patients.add('3', 'Ravi');
    world.ehr.put({ ...world.ehr.get('1'), id: '3', participant: [participant('Patient/3')] });
    await world.sync();
    await join();
    await world.advance(10);
    const transactions = world.app.get(Transactions, { strict: false });
    for (const died of [survivor, merged]) {
      await transactions
        .run(world.ctx, async (tx) => {
          await world.patients.end!(tx, [died.patient.id]);
          expect(sentTo().sort()).toEqual(
            [
              [addressOf(survivor), 'refused'],
              [addressOf(survivor), 'refused'],
              [addressOf(other), 'ready'],
            ].sort(),
          );
          throw new Error('once more');
        })
        .catch((error: Error) => expect(error.message).toBe('once more'));
      for (const one of world.messaging.reminders()) one.state = 'ready';
    }
    await transactions.run(world.ctx, (tx) => world.patients.end!(tx, [survivor.patient.id]));
    const planned = await world.rows<{ id: string }>(
      `select distinct a.patient_id as id from scheduling.step s
         join scheduling.appointment a on a.id = s.appointment_id where s.state = 'planned'`,
    );
    expect(planned).toEqual([{ id: other.patient.id }]);
  });

  it('take the tap on a reminder that went out before the EHR moved them to the survivor', async () => {
    await world.book(80);
    await world.advance(10);
    world.messaging.deliver();
    await join();
    await moveTo('2');
    await world.tap('confirm');
    expect(world.ehr.get('1').participant[0]).toMatchObject({
      actor: { reference: 'Patient/2' },
      status: 'accepted',
    });
  });

  it('do not take it when the EHR moved the visit to another hour too', async () => {
    await world.book(80);
    await world.advance(10);
    world.messaging.deliver();
    const { content, addressId } = world.messaging.reminders()[0]!;
    const [token] = content.kind === 'template' ? content.buttons : [];
    await join();
    const { start } = world.ehr.get('1');
    const later = new Date(Date.parse(start!) + 3_600_000);
    world.change('1', { start: later.toISOString(), end: new Date(later.getTime() + 60_000).toISOString() });
    await moveTo('2');
    await world.tap({ token: token! }, { addressId });
    expect(world.ehr.get('1').participant[0]).toMatchObject({ status: 'needs-action' });
  });

  it('that take part beside another patient stay apart', async () => {
    const other = world.patients.add('3', 'Ravi');
    await world.book(80, { participant: [participant('Patient/1'), participant('Patient/3')] });
    await world.advance(10);
    world.messaging.deliver();
    await join();
    expect(sentTo().sort()).toEqual(
      [
        [addressOf(merged), 'read'],
        [addressOf(other), 'read'],
      ].sort(),
    );
    expect(await upcoming(other)).toBe(1);
  });
});
