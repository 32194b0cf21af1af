import { PassThrough } from 'node:stream';
import { jest } from '@jest/globals';
import type { Communication } from 'fhir/r4.js';
import { Open } from '../../../../src/care/summaries/application/open.js';
import { Retract } from '../../../../src/care/summaries/application/retract.js';
import { Write } from '../../../../src/care/summaries/application/write.js';
import { identifierOf, tokenOf } from '../../../../src/care/summaries/domain/identifier.js';
import { SummariesModule } from '../../../../src/care/summaries/index.js';
import { ErasedSummaries } from '../../../../src/care/summaries/infrastructure/erased-summaries.repository.js';
import {
  type Claimed,
  OutboxRepository,
} from '../../../../src/care/summaries/infrastructure/summaries.repository.js';
import { jweOf } from '../../../../src/care/summaries/infrastructure/summary.fhir-mapper.js';
import { Erase } from '../../../../src/foundation/privacy/application/erase.js';
import { PrivacyFacade } from '../../../../src/foundation/privacy/index.js';
import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import type { TxContext } from '../../../../src/platform/context/context.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { Log } from '../../../../src/platform/logging/log.js';
import { rowsOf } from '../../exchange/fhir/database.js';
import { BEGIN, openHospital } from '../../exchange/fhir/hospital.js';

const SLUG = 'st-marys';
const PEOPLE = { sender: 'Practitioner/501', recipients: ['Practitioner/502'] };
const WORDS = 'May I take the blue tablets before breakfast?';

/** One hospital whose EHR is such a stand-in, with its patients, and a summary on its way. */
async function openWith(standIn: string, connection: object) {
  const hospital = await openHospital(SLUG, connection as Record<string, unknown>, {
    modules: [SummariesModule],
  });
  await hospital.ehr.become(SLUG, standIn);
  await hospital.rows('update fhir.connection set capabilities = null');
  const [patient] = await hospital.ehr.all<{ resourceType: 'Patient'; id: string }>(SLUG, 'Patient');
  await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Patient/${patient!.id}`);
  const [row] = await hospital.rows<{ id: Uuid }>('select id from patients.patient limit 1');
  return { hospital, patientId: row!.id };
}

type Opened = Awaited<ReturnType<typeof openWith>>;

async function compose({ hospital, patientId }: Opened): Promise<{ id: Uuid; jwe: string }> {
  const id = newId();
  const content = Buffer.from(JSON.stringify({ text: WORDS }), 'utf8');
  const vault = hospital.platform.app.get(VaultFacade, { strict: false });
  const jwe = await vault.sealForRecord(hospital.ctx, patientId, {
    identifier: tokenOf(identifierOf(id)),
    content,
    contentType: 'application/json',
  });
  await rowsOf(
    hospital.platform.database,
    `insert into summaries.summary (organization_id, id, conversation_id, patient_id, state, message_count,
       last_message_at, record_sealed, composed_at, due_at)
     values ($1, $2, $3, $4, 'composed', 2, platform.now(), $5, platform.now(), platform.now())`,
    [hospital.ctx.organizationId, id, newId(), patientId, Buffer.from(jwe, 'utf8')],
  );
  return { id, jwe };
}

const work = ({ hospital }: Opened) =>
  hospital.platform.app.get(Write, { strict: false }).claim(hospital.ctx);
const open = ({ hospital }: Opened, id: Uuid) =>
  hospital.platform.app.get(Open, { strict: false }).run(hospital.ctx, id);
const copiesOf = async ({ hospital }: Opened, id: Uuid): Promise<Communication[]> =>
  (await hospital.ehr.communications(SLUG)).filter((one) => one.identifier?.[0]?.value === id);
const summaryOf = async ({ hospital }: Opened, id: Uuid) =>
  (
    await hospital.rows<{ state: string; carrier: string; reason: string | null }>(
      `select state, carrier, reason from summaries.summary where id = '${id}'`,
    )
  )[0]!;
const learntBy = async ({ hospital }: Opened) =>
  (await hospital.rows<{ learnt_carrier: string | null }>('select learnt_carrier from fhir.connection'))[0]!
    .learnt_carrier;
const creates = async ({ hospital }: Opened, since = 0) =>
  (await hospital.ehr.history(since)).filter(({ interaction }) => interaction === 'create');

describe('a summary for an EHR that takes plain text alone', () => {
  let opened: Opened;
  const logged: string[] = [];

  beforeAll(async () => {
    opened = await openWith('oracle-like', { profile: 'auto', summary: PEOPLE });
    const lines = new PassThrough();
    lines.on('data', (line: Buffer) => logged.push(line.toString('utf8')));
    const collector = new Log('debug', lines);
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      const write = collector[level].bind(collector);
      jest.spyOn(Log.prototype, level).mockImplementation(write as never);
    }
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await opened.hospital.close();
  });

  it('case 26: refused for its content falls to the text; what was learnt is kept and shown, the payload nowhere', async () => {
    const { id, jwe } = await compose(opened);
    await work(opened);

    expect(await summaryOf(opened, id)).toEqual({ state: 'written', carrier: 'C', reason: null });
    expect(await copiesOf(opened, id)).toHaveLength(1);
    expect(await creates(opened)).toMatchObject([{ status: 422 }, { status: 201 }]);
    expect(await learntBy(opened)).toBe('C');

    const since = (await opened.hospital.ehr.history()).length;
    const next = await compose(opened);
    await work(opened);
    expect(await creates(opened, since)).toMatchObject([{ status: 201 }]);
    expect(await copiesOf(opened, next.id)).toHaveLength(1);

    const { ciphertext } = JSON.parse(jwe) as { ciphertext: string };
    const kept = await opened.hospital.rows(`
      select w.*, a.bodies from fhir.write w,
        (select string_agg(convert_from(body, 'UTF8'), '') as bodies from audit.event) a`);
    for (const text of [...logged, JSON.stringify(kept)]) {
      expect(text).not.toContain(ciphertext.slice(0, 16));
      expect(text).not.toContain(Buffer.from(jwe).toString('base64').slice(0, 32));
    }
  });

  it('case 26: says so when it refuses everything, and never what', async () => {
    const { hospital } = opened;
    await hospital.rows(`update fhir.connection set summary_sender = 'Practitioner/501', learnt_carrier = null,
      summary_recipients = '{}', version = version + 1`);
    const { id } = await compose(opened);
    logged.length = 0;
    await work(opened);
    expect(await summaryOf(opened, id)).toMatchObject({ state: 'refused', reason: 'fhir.content-refused' });
    expect(await copiesOf(opened, id)).toHaveLength(0);
    expect(await learntBy(opened)).toBeNull();
    expect(logged.join('')).toContain('fhir.content-refused');
    expect(logged.join('')).not.toContain('recipient');
  });

  it('whose patient is erased while it is on its way is never sent by a writer of before, however often it was claimed', async () => {
    const { hospital, patientId } = opened;
    await hospital.rows('delete from summaries.summary');
    const { id } = await compose(opened);
    const outbox = hospital.platform.app.get(OutboxRepository, { strict: false });
    const erased = hospital.platform.app.get(ErasedSummaries, { strict: false });
    const run = <T>(work: (tx: TxContext) => Promise<T>) => hospital.transactions.run(hospital.ctx, work);
    const claim = async () => (await run((tx) => outbox.claim(tx, 1, 60)))[0]!;
    const due = async (state: 'composed' | 'retracting', claimed: Claimed) =>
      expect(await run((tx) => outbox.settle(tx, claimed, { state, dueAt: BEGIN }))).toBe(true);
    const place = { connectionId: hospital.connectionId, carrier: 'B' } as const;

    await due('composed', await claim());
    const writer = await claim();
    expect(await run((tx) => outbox.sends(tx, writer, place))).toBe(true);
    await run((tx) => erased.stop(tx, [patientId]));
    await due('retracting', await claim());
    const retractor = await claim();

    expect([writer.id, retractor]).toMatchObject([id, { id, was: 'retracting', attempt: writer.attempt }]);
    expect(await run((tx) => outbox.sends(tx, writer, place))).toBe(false);
    expect(await run((tx) => outbox.settle(tx, writer, { state: 'composed' }))).toBe(false);
    expect(await run((tx) => outbox.settle(tx, retractor, { state: 'retracted', dueAt: null }))).toBe(true);
  });
});

describe('a summary in an EHR of messages between people', () => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await openWith('oracle-like', { profile: 'oracle', summary: PEOPLE });
  });
  afterAll(() => opened.hospital.close());

  const stored = async (id: Uuid) => {
    const [copy] = await copiesOf(opened, id);
    const { hospital } = opened;
    const read = await hospital.fhir.read(hospital.ctx, hospital.connectionId, `Communication/${copy!.id}`);
    return read as unknown as { row: { resource: Communication } };
  };

  it('case 27: written as text and read back opens to the same bytes', async () => {
    const { id, jwe } = await compose(opened);
    await work(opened);
    expect(await summaryOf(opened, id)).toMatchObject({ state: 'written', carrier: 'C' });
    expect(jweOf((await stored(id)).row.resource)).toBe(jwe);
    expect(await open(opened, id)).toEqual({ source: 'ehr', summary: { text: WORDS } });
  });

  it('case 27: with one character of its seal flipped it stays shut, and says nothing of why', async () => {
    const { id, jwe } = await compose(opened);
    await work(opened);
    const [copy] = await copiesOf(opened, id);
    const { ciphertext } = JSON.parse(jwe) as { ciphertext: string };
    for (const at of [0, Math.floor(ciphertext.length / 2)]) {
      const flipped = `${ciphertext.slice(0, at)}${ciphertext[at] === 'A' ? 'B' : 'A'}${ciphertext.slice(at + 1)}`;
      const changed = jwe.replace(ciphertext, flipped);
      const { contentAttachment } = copy!.payload![0]!;
      const text = Buffer.from(contentAttachment!.data!, 'base64').toString('utf8');
      const lines = Buffer.from(changed, 'utf8')
        .toString('base64')
        .match(/.{1,64}/g)!
        .join('\n');
      const armoured = text.replace(/(RECORD-----\n)[^]*(\n-----END)/, `$1${lines}$2`);
      const data = Buffer.from(armoured, 'utf8').toString('base64');
      await opened.hospital.ehr.put(SLUG, {
        ...copy!,
        payload: [{ contentAttachment: { contentType: 'text/plain', data } }],
      });
      const failure = await open(opened, id).catch(
        (error: unknown) => error as { code: string; words: string },
      );
      expect(failure).toMatchObject({ code: 'vault.cannot-open' });
      expect(JSON.stringify(failure)).not.toMatch(/tablet|tag|decrypt|cipher/i);
    }
  });

  it('is kept, and names the settings that are missing, while nobody sends or gets it', async () => {
    const { hospital } = opened;
    await hospital.rows(`update fhir.connection set summary_recipients = '{}', version = version + 1`);
    const { id } = await compose(opened);
    await work(opened);
    expect(await summaryOf(opened, id)).toMatchObject({ state: 'kept', carrier: 'F' });
    expect(await copiesOf(opened, id)).toHaveLength(0);
    const items = await hospital.rows(`select reason from worklist.work_item where kind = 'ehr-settings'`);
    expect(items).toEqual([{ reason: 'summary-people-missing' }]);
    expect((await open(opened, id)).source).toBe('carethread');
  });
});

describe('a summary in an EHR that takes no Communication', () => {
  it('opens though no Communication exists, and is taken back without asking it', async () => {
    const opened = await openWith('athena-like', { profile: 'athena' });
    try {
      const { id } = await compose(opened);
      await work(opened);
      expect(await summaryOf(opened, id)).toMatchObject({ state: 'kept', carrier: 'F' });
      expect(await open(opened, id)).toEqual({ source: 'carethread', summary: { text: WORDS } });
      const { hospital } = opened;
      await hospital.platform.app.get(Retract, { strict: false }).run(hospital.ctx, id, 'other');
      await work(opened);
      expect(await summaryOf(opened, id)).toMatchObject({ state: 'retracted', reason: null });
      await expect(open(opened, id)).rejects.toMatchObject({ code: 'summary.retracted' });
    } finally {
      await opened.hospital.close();
    }
  });
});

describe.each([
  ['open', 'open', 'entered-in-error', null],
  ['epic-like', 'epic', 'completed', 'ehr-cannot-withdraw'],
] as const)('a summary in an EHR that is %s', (standIn, profile, status, reason) => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await openWith(standIn, { profile });
  });
  afterAll(() => opened.hospital.close());

  const take = (id: Uuid) =>
    opened.hospital.platform.app
      .get(Retract, { strict: false })
      .run(opened.hospital.ctx, id, 'wrong-patient');
  const told = async () =>
    (
      await opened.hospital.rows<{ reason: string }>(
        `select reason from worklist.work_item where kind = 'summary-not-retracted' and state = 'open'`,
      )
    ).map((item) => item.reason);

  /** From the wish to the end of the keys. */
  async function erase({ hospital, patientId }: Opened): Promise<void> {
    const get = <T>(token: new (...args: never[]) => T): T =>
      hospital.platform.app.get(token as never, { strict: false });
    const wish = { patient: patientId, reason: 'patient-request', requestedBy: 'desk-1' };
    const id = await get(PrivacyFacade).requestErasure(hospital.ctx, wish);
    while ((await get(Erase).claim(hospital.ctx)) > 0);
    expect(await get(PrivacyFacade).erasureOf(hospital.ctx, id)).toMatchObject({ state: 'completed' });
  }

  it(`that is taken back is ${status} there, and told to staff where that is not enough`, async () => {
    const { id } = await compose(opened);
    await work(opened);
    await take(id);
    await work(opened);
    expect(await copiesOf(opened, id)).toMatchObject([{ status }]);
    expect(await summaryOf(opened, id)).toMatchObject({ state: 'retracted', reason });
    expect(await told()).toEqual(reason === null ? [] : [reason]);
  });

  it('of somebody who is erased says nothing there any more, or staff are told, and nothing of theirs follows', async () => {
    const { hospital } = opened;
    const written = await compose(opened);
    await work(opened);
    const { id: unsure } = await compose(opened);
    await hospital.ehr.fault({ name: 'drop-answer', count: 1, match: { interaction: 'create' } });
    const reads = { interaction: 'read', resourceType: 'Communication' };
    await hospital.ehr.fault({ name: 'error-500', match: reads });
    await work(opened);
    await hospital.ehr.clearFaults();
    expect(await summaryOf(opened, unsure)).toMatchObject({ state: 'unknown' });
    const { id: underWay } = await compose(opened);
    await hospital.ehr.fault({ name: 'hold-answer', count: 1, match: { interaction: 'create' } });
    const writer = work(opened);
    await hospital.ehr.held(1);
    const { id: waiting } = await compose(opened);

    await erase(opened);
    await hospital.ehr.release();
    await writer;
    await work(opened);

    const copies = await hospital.ehr.communications(SLUG);
    // What staff took back before, what was written, whose answer was lost, and what was on its way.
    expect(copies).toHaveLength(4);
    const isGone = reason === null;
    for (const copy of copies) {
      expect(copy.status).toBe(status);
      expect(['payload' in copy, 'text' in copy]).toEqual([!isGone, !isGone]);
    }
    expect(await told()).toEqual(isGone ? [] : [reason, reason, reason, reason]);
    expect(await summaryOf(opened, written.id)).toMatchObject({ state: 'retracted', reason });
    expect(await summaryOf(opened, underWay)).toMatchObject({ state: 'retracted', reason });
    expect(await summaryOf(opened, waiting)).toMatchObject({ state: 'refused', reason: 'erased' });
    const rest = await hospital.rows<{ state: string; subjects: string[] }>(
      'select state, subjects from fhir.write',
    );
    if (isGone) expect(rest.map(({ subjects }) => subjects)).toEqual([[], [], [], []]);
  });
});
