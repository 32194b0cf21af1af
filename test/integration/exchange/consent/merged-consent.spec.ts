import fc from 'fast-check';
import { ConsentFacade, ConsentModule } from '../../../../src/exchange/consent/index.js';
import { PatientMerged } from '../../../../src/exchange/patients/events.js';
import { VaultModule } from '../../../../src/foundation/vault/index.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';

const PURPOSE = 'appointment-reminders';

type Who = 'merged' | 'survivor';
type Where = 'shared' | 'own';
type Act =
  | { act: 'join' | 'part' }
  | { act: 'agree'; who: Who }
  | { act: 'withdraw'; who: Who; where: Where }
  | { act: 'stop'; where: Where; who: Who };

const who = fc.constantFrom<Who>('merged', 'survivor');
const where = fc.constantFrom<Where>('shared', 'own');
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constantFrom('join' as const, 'part' as const) }),
  fc.record({ act: fc.constant('agree' as const), who }),
  fc.record({ act: fc.constant('withdraw' as const), who, where }),
  fc.record({ act: fc.constant('stop' as const), who, where }),
);

/** What each record has agreed to on each address, as if the EHR had never merged anybody. */
class Model {
  private readonly agreed = new Map<string, boolean>();
  /** What was ended for one record because another record of the same person withdrew. */
  private readonly stricter = new Set<string>();

  agree(person: Person): void {
    for (const address of person.addresses) {
      this.agreed.set(`${person.id}/${address}`, true);
      this.stricter.delete(`${person.id}/${address}`);
    }
  }

  withdraw(person: Person, address: Uuid): void {
    this.agreed.set(`${person.id}/${address}`, false);
  }

  withdrawForOther(person: Person): void {
    for (const address of person.addresses) this.stricter.add(`${person.id}/${address}`);
  }

  allows(person: Person, address: Uuid): boolean {
    return this.agreed.get(`${person.id}/${address}`) ?? false;
  }

  isStricter(person: Person, address: Uuid): boolean {
    return this.stricter.has(`${person.id}/${address}`);
  }
}

interface Person {
  id: Uuid;
  fhirId: string;
  addresses: Uuid[];
}

describe('consents of records that the EHR merges and parts', () => {
  let world: CareWorld;
  let consents: ConsentFacade;

  beforeAll(async () => {
    world = await CareWorld.start([ConsentModule, VaultModule], ['fhir', 'patients']);
    consents = world.get(ConsentFacade);
  });
  afterAll(() => world.close());

  const allowed = async (person: Person, addressId: Uuid): Promise<boolean> =>
    (await consents.mayMessage(world.ctx, { patientId: person.id, addressId, purpose: PURPOSE })).allowed;

  const grant = async (person: Person) =>
    consents.grant(world.ctx, {
      patient: `Patient/${person.fhirId}`,
      ehrConnection: 'main',
      purposes: [PURPOSE],
      method: 'paper',
      wordingVersion: '1',
      evidence: {},
      recordedAt: await world.now(),
    });

  function people(): Record<Who, Person> {
    const shared = newId();
    const admit = (): Person => {
      const addresses = [shared, newId()];
      const { id, fhirId } = world.fakes.patients.admit(addresses);
      return { id, fhirId, addresses };
    };
    return { merged: admit(), survivor: admit() };
  }

  it('case 30: are never wider than without the merge, and what they were once parted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 3, maxLength: 9 }), async (acts) => {
        const both = people();
        const model = new Model();
        let joined = false;
        for (const one of acts) {
          joined = await perform(one, { both, model, joined });
          await compare(both, model, joined);
        }
        world.fakes.patients.part(both.merged.id);
        await compare(both, model, false);
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  interface Stage {
    both: Record<Who, Person>;
    model: Model;
    joined: boolean;
  }

  /** Whether the two are one afterwards. */
  async function perform(one: Act, stage: Stage): Promise<boolean> {
    const { both, joined } = stage;
    if (one.act === 'join' && !joined)
      world.fakes.patients.join(both.merged.id, both.survivor.id, await world.now());
    if (one.act === 'part') world.fakes.patients.part(both.merged.id);
    if (one.act === 'agree') await agree(one.who, stage);
    if (one.act === 'stop') await stop(one, stage);
    if (one.act === 'withdraw') await withdraw(one, stage);
    return one.act === 'join' || (joined && one.act !== 'part');
  }

  async function agree(whose: Who, { both, model, joined }: Stage): Promise<void> {
    const refused = await grant(both[whose]).then(
      () => null,
      (error: { code: string }) => error.code,
    );
    expect(refused).toBe(joined && whose === 'merged' ? 'consent.patient-merged' : null);
    if (refused === null) model.agree(both[whose]);
  }

  async function stop({ who: whose, where: place }: Extract<Act, { act: 'stop' }>, { both, model }: Stage) {
    const address = both[whose].addresses[place === 'shared' ? 0 : 1]!;
    await consents.withdraw(world.ctx, { addressId: address, method: 'whatsapp' });
    for (const each of Object.values(both))
      if (each.addresses.includes(address)) model.withdraw(each, address);
  }

  async function withdraw(
    { who: whose, where: place }: Extract<Act, { act: 'withdraw' }>,
    { both, model, joined }: Stage,
  ): Promise<void> {
    const person = both[whose];
    const address = person.addresses[place === 'shared' ? 0 : 1]!;
    const [row] = await world.rows<{ id: Uuid }>(
      'select id from consent.consent where patient_id = $1 and address_id = $2',
      [person.id, address],
    );
    if (!row) return;
    await consents.withdraw(world.ctx, { consentId: row.id, method: 'verbal' });
    model.withdraw(person, address);
    if (joined) model.withdrawForOther(both[whose === 'merged' ? 'survivor' : 'merged']);
  }

  async function compare(both: Record<Who, Person>, model: Model, joined: boolean): Promise<void> {
    for (const person of [both.merged, both.survivor]) {
      for (const address of person.addresses) {
        const real = await allowed(person, address);
        if (real) expect(model.allows(person, address)).toBe(true);
        if (!joined && !model.isStricter(person, address))
          expect([person === both.merged, real]).toEqual([
            person === both.merged,
            model.allows(person, address),
          ]);
      }
    }
    if (!joined) return;
    // Whatever either record has withdrawn and nobody has agreed to since stops the other one too.
    const [shared] = both.survivor.addresses as [Uuid];
    const ofSurvivor = await allowed(both.survivor, shared);
    const ofMerged = await allowed(both.merged, shared);
    if (ofMerged) expect(ofSurvivor).toBe(true);
  }

  it('case 30: end for the whole person by a withdrawal of either', async () => {
    const { merged, survivor } = people();
    const [mine] = await grant(merged);
    await grant(survivor);
    world.fakes.patients.join(merged.id, survivor.id, await world.now());
    expect(await allowed(survivor, survivor.addresses[0]!)).toBe(true);
    await consents.withdraw(world.ctx, { consentId: mine!.id, method: 'verbal' });
    for (const address of survivor.addresses) expect(await allowed(survivor, address)).toBe(false);
    world.fakes.patients.part(merged.id);
    // Who of the two it was is not known: it holds for both.
    for (const address of survivor.addresses) expect(await allowed(survivor, address)).toBe(false);
    await grant(survivor);
    expect(await allowed(survivor, survivor.addresses[0]!)).toBe(true);
    expect(await allowed(merged, merged.addresses[0]!)).toBe(false);
  });

  it('case 30: that one of them withdrew before the merge hold until the person agrees anew', async () => {
    const { merged, survivor } = people();
    const [theirs] = await grant(merged);
    await consents.withdraw(world.ctx, { consentId: theirs!.id, method: 'verbal' });
    await grant(survivor);
    world.fakes.patients.join(merged.id, survivor.id, await world.now());
    expect(await allowed(survivor, survivor.addresses[1]!)).toBe(false);
    await grant(survivor);
    expect(await allowed(survivor, survivor.addresses[1]!)).toBe(true);
    world.fakes.patients.part(merged.id);
    expect(await allowed(merged, merged.addresses[0]!)).toBe(false);
  });

  it('case 30: are for staff to look at where they differ, and not where they are the same', async () => {
    const { merged, survivor } = people();
    const address = newId();
    const same = [world.fakes.patients.admit([address]), world.fakes.patients.admit([address])] as const;
    await grant(survivor);
    for (const { id, fhirId } of same) await grant({ id, fhirId, addresses: [address] });
    world.fakes.patients.join(merged.id, survivor.id);
    world.fakes.patients.join(same[0].id, same[1].id);
    await world.publish(PatientMerged, [merged.id, same[0].id]);
    expect(world.fakes.patients.doubted).toEqual([
      { mergedId: merged.id, survivorId: survivor.id, reason: 'other-consents' },
    ]);
  });

  it('are of no use where nobody knows who reads and the survivor has the number no more', async () => {
    const { merged, survivor } = people();
    const [shared] = merged.addresses as [Uuid];
    await grant(merged);
    await grant(survivor);
    world.fakes.patients.join(merged.id, survivor.id, new Date(0));
    const ask = () =>
      consents.mayMessage(world.ctx, { patientId: null, addressId: shared, purpose: PURPOSE });
    expect(await ask()).toMatchObject({ allowed: true });
    world.fakes.patients.drop(survivor.id, shared);
    expect(await ask()).toEqual({ allowed: false, reason: 'not-linked' });
  });

  it('are asked of the survivor when nobody knows who reads', async () => {
    const { merged, survivor } = people();
    await grant(merged);
    const ask = () =>
      consents.mayMessage(world.ctx, { patientId: null, addressId: merged.addresses[1]!, purpose: PURPOSE });
    expect(await ask()).toMatchObject({ allowed: true });
    world.fakes.patients.join(merged.id, survivor.id, await world.now());
    expect(await ask()).toMatchObject({ allowed: false });
    world.fakes.patients.part(merged.id);
    expect(await ask()).toMatchObject({ allowed: true });
  });
});
