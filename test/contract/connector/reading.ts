import { takesBooking } from '../../../src/exchange/fhir/domain/appointment-level.js';
import { BESIDE, type Opened, type Target } from './target.js';

const DAY_MS = 86_400_000;
const NOTHING = { Patient: 0, Practitioner: 0, Location: 0, Appointment: 0 };
/** What an integration engineer is told of every EHR. */
const QUESTIONS = [
  'sync-strategy',
  'scan-by',
  'action-level',
  'summary-carrier',
  'writes-offered',
  'kept-here',
];
const LONG_MS = 600_000;

/** The visits that are known here, with the version of each. */
export async function visitsHere({ rows }: Opened): Promise<Map<string, string | null>> {
  const known = await rows<{ id: string; version: string | null }>(
    `select fhir_id as id, version_id as version from fhir.resource
      where type = 'Appointment' and gone_at is null and starts_at > platform.now() order by starts_at, fhir_id`,
  );
  return new Map(known.map(({ id, version }) => [id, version]));
}

export function readingContract(target: Target, opened: () => Opened): void {
  const capabilities = () => opened().fhir.capabilities(opened().ctx, opened().connectionId);
  const read = <R extends string>(reference: R) =>
    opened().fhir.read(opened().ctx, opened().connectionId, reference);

  it('asks what this EHR can do, and tells it as a table', async () => {
    const { probe, ctx, connectionId, fhir } = opened();
    const { fault, lines, described } = await probe.check(ctx, connectionId);
    expect([fault, lines[0]]).toEqual([null, expect.objectContaining({ question: 'metadata', ok: true })]);
    expect(described!.capabilities).toMatchObject(target.promises);
    expect(described!.table.map(({ question }) => question)).toEqual(expect.arrayContaining(QUESTIONS));
    expect(described!.table.every(({ answer, words }) => answer !== '' && words !== '')).toBe(true);
    expect(await fhir.describe(ctx, connectionId)).toEqual(described);
  });

  it(
    'brings every visit to come in the version that the EHR has',
    async () => {
      const { sync, witness } = opened();
      const { strategy, complete, forbidden, warnings } = await sync();
      const { syncStrategy } = await capabilities();
      expect({ strategy, complete, forbidden, warnings }).toEqual({
        strategy: syncStrategy,
        complete: true,
        forbidden: 0,
        warnings: [],
      });
      const here = await visitsHere(opened());
      const there = await witness.visits([...here.keys()]);
      expect(there.length).toBeGreaterThan(0);
      const ours = there.map(({ id }) => [id, here.get(id)]);
      expect(ours).toEqual(there.map(({ id, versionId }) => [id, versionId ?? null]));
    },
    LONG_MS,
  );

  it(
    'changes nothing when nothing has changed',
    async () => {
      const before = await visitsHere(opened());
      const { changed, gone, complete } = await opened().sync();
      expect({ changed, gone, complete }).toEqual({ changed: NOTHING, gone: 0, complete: true });
      expect(await visitsHere(opened())).toEqual(before);
    },
    LONG_MS,
  );

  it('reads a visit by its id, and one that nobody has is gone', async () => {
    const [[id, version] = [], ..._] = [...(await visitsHere(opened()))];
    const found = await read(`Appointment/${id}`);
    expect(found).toMatchObject({
      state: 'current',
      row: { fhirId: id, versionId: version, resource: { resourceType: 'Appointment', id } },
    });
    expect(await read('Appointment/carethread-nobodys-visit')).toEqual({ state: 'gone' });
  });

  it('takes no reference of another server for this one’s', async () => {
    const { fhir, ctx, connectionId } = opened();
    const foreign = 'https://elsewhere.example/fhir/Patient/1';
    await expect(read(foreign)).rejects.toMatchObject({ code: 'fhir.reference' });
    await expect(fhir.ownReference(ctx, connectionId, foreign)).resolves.toBeNull();
    await expect(fhir.ownReference(ctx, connectionId, 'Patient/1')).resolves.toBe('Patient/1');
  });

  it('reads what stands beside a visit where that is offered, and says what is not', async () => {
    const { probe, ctx, connectionId, witness } = opened();
    const { reads } = await capabilities();
    if (target.lacks) expect(BESIDE.filter((type) => !reads.includes(type))).toEqual(target.lacks);
    const { table } = await probe.described(ctx, connectionId);
    const { answer, words } = table.find(({ question }) => question === 'reads-beside')!;
    for (const type of BESIDE) {
      expect([type, (reads.includes(type) ? answer : words).includes(type)]).toEqual([type, true]);
      // Slots are found, not read, where an EHR offers the one and not the other.
      const id = type === 'Slot' || !reads.includes(type) ? null : await witness.example(type);
      if (id === null) continue;
      expect(await read(`${type}/${id}`)).toMatchObject({
        state: 'current',
        row: { fhirId: id, resource: { resourceType: type, id } },
      });
    }
  });

  it('finds free times where visits can be booked, and says so where they cannot', async () => {
    const { fhir, ctx, connectionId, witness, now } = opened();
    const found = await capabilities();
    // Who finds them by an operation alone is asked by POST: that is for the part that may write.
    const asks = found.booking !== 'none' && found.reads.includes('Slot');
    const service = asks ? await witness.service() : null;
    const query = {
      from: now,
      until: new Date(now.getTime() + 20 * DAY_MS),
      limit: 5,
      ...(service !== null && { service }),
    };
    if (found.booking === 'none') {
      await expect(fhir.findSlots(ctx, connectionId, query)).rejects.toMatchObject({
        code: 'fhir.unsupported',
      });
      expect(takesBooking(found)).toBe(false);
    } else if (asks) {
      const slots = await fhir.findSlots(ctx, connectionId, query);
      const times = slots.map(({ start }) => start.getTime());
      expect(times).toEqual(times.filter((time) => time >= query.from.getTime()).sort((a, b) => a - b));
    }
  });
}
