import type { CapabilityStatement, Communication, OperationOutcome } from 'fhir/r4.js';
import { CountCopies } from '../../../../src/exchange/fhir/application/count-copies.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { setClock } from './database.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddEhr, outcome, startOddEhr } from './odd-ehr.js';

type Answer = { status?: number; body: unknown };

/** How a Communication is created and found in an EHR that keeps what it is sent, and answers oddly. */
interface Manner {
  /** The answer to a create; the copy is kept first. */
  answer: (copy: Communication) => Answer;
  search: 'identifier' | 'patient' | 'none';
  conditional?: boolean;
  /** Whether a search shows what is there. */
  shows?: boolean;
  keeps?: boolean;
  /** What it makes of what it keeps. */
  files?: Partial<Communication>;
  /** The answer to every read, and to every search. */
  read?: Answer;
  searched?: Answer;
  /** What becomes of an update; without it none is offered. */
  changes?: 'taken' | Answer;
}

const FAILED: Answer = { status: 500, body: outcome('exception', 'error') };
const SUPPRESSED: Answer = { status: 403, body: suppressed() };

describe('a Communication written to an EHR that', () => {
  let ehr: OddEhr;
  let hospital: Hospital;
  let copies: Communication[];
  let manner: Manner;
  let one: ReturnType<typeof aWrite>;

  beforeAll(async () => {
    ehr = await startOddEhr(BEGIN);
    hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl });
  });
  beforeEach(async () => {
    copies = [];
    ehr.requests.length = 0;
    await setClock(hospital.platform.database, BEGIN);
    one = aWrite();
    ehr.answer(({ method, path, body }) => {
      if (path === 'metadata') return { body: able(manner) };
      if (method === 'POST') return created();
      if (method === 'PUT') return changed(body as Communication);
      if (path.includes('/')) return found(path.split('/')[1]!);
      return manner.searched ?? { body: bundle(manner.shows === false ? [] : copies) };
    });
  });
  afterAll(async () => {
    await hospital.close();
    await ehr.close();
  });

  function created(): Answer {
    const copy: Communication = { ...one.resource, ...manner.files, id: `c${copies.length + 1}` };
    if (manner.keeps !== false) copies.push(copy);
    return manner.answer(copy);
  }

  function changed(copy: Communication): Answer {
    if (manner.changes !== 'taken') return manner.changes!;
    copies = copies.map((each) => (each.id === copy.id ? { ...copy, meta: { versionId: '2' } } : each));
    return { body: copy };
  }

  function found(id: string): Answer {
    if (manner.read) return manner.read;
    const copy = copies.find((each) => each.id === id);
    return copy ? { body: copy } : { status: 404, body: outcome('not-found', 'error') };
  }

  function aWrite() {
    const identifier = { system: 'urn:carethread:summary', value: newId() };
    const resource: Communication = {
      resourceType: 'Communication',
      identifier: [identifier],
      status: 'completed',
      subject: { reference: 'Patient/1' },
      payload: [{ contentString: 'A conversation took place.' }],
    };
    return { connectionId: hospital.connectionId, identifier, resource };
  }

  const behave = async (how: Manner): Promise<void> => {
    manner = how;
    await hospital.rows('update fhir.connection set capabilities = null');
  };
  const write = () => hospital.fhir.writeCommunication(hospital.ctx, one);
  const minutesLater = (minutes: number) =>
    setClock(hospital.platform.database, new Date(BEGIN.getTime() + minutes * 60_000));
  const stateOf = async () => {
    const [row] = await hospital.rows<{ state: string }>(
      `select state from fhir.write where identifier_value = '${one.identifier.value}'`,
    );
    return row!.state;
  };
  const posts = () => ehr.requests.filter(({ method }) => method === 'POST');

  it.each<[string, (copy: Communication) => Answer]>([
    ['answers 500 after it kept it', () => FAILED],
    ['answers 201 without body or Location', () => ({ status: 201, body: {} })],
    ['answers 200 with an OperationOutcome', () => ({ body: outcome('informational', 'warning') })],
    [
      'answers with an OperationOutcome that has an id of its own',
      () => ({ status: 201, body: { ...outcome('informational', 'warning'), id: 'o1' } }),
    ],
  ])('%s is there once', async (_what, answer) => {
    for (const search of ['identifier', 'patient'] as const) {
      copies = [];
      one = aWrite();
      await behave({ answer, search });
      await expect(write()).resolves.toMatchObject({ fhirId: 'c1' });
      await write();
      expect(copies).toHaveLength(1);
    }
  });

  it('shows it in a search only later is not sent another meanwhile', async () => {
    await behave({ answer: () => FAILED, search: 'identifier', shows: false });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    await minutesLater(9);
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    manner.shows = true;
    await minutesLater(30);
    await expect(write()).resolves.toMatchObject({ how: 'existing', fhirId: 'c1' });
    expect(posts()).toHaveLength(1);
  });

  it('does not let itself be searched for a while is not sent another for that', async () => {
    await behave({ answer: () => FAILED, search: 'identifier', shows: false });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    manner.searched = { status: 401, body: outcome('login', 'error') };
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unauthorised' });
    expect(await stateOf()).toBe('unknown');
    delete manner.searched;
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    expect(posts()).toHaveLength(1);
  });

  it('did not keep it is sent another, once its search must have caught up', async () => {
    await behave({ answer: () => FAILED, search: 'identifier', keeps: false });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    await behave({ answer: (copy) => ({ status: 201, body: copy }), search: 'identifier' });
    await minutesLater(11);
    await expect(write()).resolves.toMatchObject({ how: 'created' });
    expect(copies).toHaveLength(1);
  });

  it('cannot be searched and loses its answer is never sent another', async () => {
    await behave({ answer: () => FAILED, search: 'none' });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.cannot-look-up', retryable: false });
    await minutesLater(60 * 24);
    await expect(write()).rejects.toMatchObject({ code: 'fhir.cannot-look-up', retryable: false });
    expect(posts()).toHaveLength(1);
    expect(await stateOf()).toBe('unknown');
  });

  it('case 25: declares the conditional create and has several already is a dead letter, and sent no more', async () => {
    await behave({
      answer: () => ({ status: 412, body: outcome('multiple-matches', 'error') }),
      search: 'identifier',
      conditional: true,
      keeps: false,
    });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.several-copies', retryable: false });
    expect(copies).toEqual([]);
    expect(await stateOf()).toBe('dead');
  });

  it.each<[string, Partial<Communication>]>([
    ['under another patient', { subject: { reference: 'Patient/2' } }],
    ['as one that does not stand', { status: 'preparation' }],
  ])('files it %s has told nobody, and staff see to it', async (_how, files) => {
    await behave({ answer: (copy) => ({ status: 201, body: copy }), search: 'identifier', files });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.misfiled', retryable: false });
    expect(posts()).toHaveLength(1);
    const items = await hospital.rows(
      `select reason from worklist.work_item i join fhir.write w on i.key = 'ehr-copies:' || w.id
        where w.identifier_value = '${one.identifier.value}'`,
    );
    expect(items).toEqual([{ reason: 'ehr-cannot-withdraw' }]);
  });

  const count = () =>
    hospital.platform.app.get(CountCopies, { strict: false }).run(hospital.ctx, hospital.connectionId);
  const copiesItem = async () =>
    (
      await hospital.rows<{ state: string; resolution: string | null }>(
        `select i.state, i.resolution from worklist.work_item i join fhir.write w on i.key = 'ehr-copies:' || w.id
          where w.identifier_value = '${one.identifier.value}'`,
      )
    )[0];
  const misfile = async (shows: boolean): Promise<void> => {
    await behave({
      answer: (copy) => ({ status: 201, body: copy }),
      search: 'identifier',
      files: { subject: { reference: 'Patient/2' }, meta: { versionId: '1' } },
      changes: FAILED,
      shows,
    });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.misfiled' });
    expect([copies[0]!.status, await copiesItem()]).toMatchObject(['completed', { state: 'open' }]);
  };

  it.each([
    ['shows it', true],
    ['shows it in no search', false],
  ])(
    'files it under another patient, lets it not be withdrawn and %s is asked again at night',
    async (_, shows) => {
      await misfile(shows);
      await count().catch(() => undefined);
      expect(copies[0]!.status).toBe('completed');
      manner.changes = 'taken';
      await count();
      expect(copies[0]!.status).toBe('entered-in-error');
      expect(await copiesItem()).toEqual({ state: 'resolved', resolution: 'withdrawn' });
      ehr.requests.length = 0;
      await count();
      expect(ehr.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    },
  );

  it('files it under another patient and has a good copy too loses only the misfiled one', async () => {
    await misfile(true);
    copies.push({ ...one.resource, id: 'c2', meta: { versionId: '1' } });
    manner.changes = 'taken';
    await count();
    expect(copies.map(({ id, status }) => [id, status])).toEqual([
      ['c1', 'entered-in-error'],
      ['c2', 'completed'],
    ]);
  });

  it('took it back itself is not sent another', async () => {
    await behave({
      answer: () => FAILED,
      search: 'identifier',
      files: { status: 'entered-in-error' },
    });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.withdrawn', retryable: false });
    await minutesLater(11);
    await expect(write()).rejects.toMatchObject({ code: 'fhir.withdrawn' });
    expect(posts()).toHaveLength(1);
  });

  it('lets nobody read it back is asked once, and sent no other', async () => {
    await behave({
      answer: (copy) => ({ status: 201, body: copy }),
      search: 'none',
      read: { status: 403, body: outcome('forbidden', 'error') },
    });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.cannot-look-up', retryable: false });
    await minutesLater(60);
    await expect(write()).rejects.toMatchObject({ code: 'fhir.cannot-look-up', retryable: false });
    expect(posts()).toHaveLength(1);
  });

  it('keeps the patient behind break-the-glass is asked once, and for that patient nothing any more', async () => {
    await behave({ answer: () => SUPPRESSED, search: 'identifier', keeps: false });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.restricted', retryable: false });
    const items = () =>
      hospital.rows(`select reason from worklist.work_item where kind = 'ehr-access' and state = 'open'`);
    expect(await items()).toEqual([{ reason: 'record-restricted' }]);
    ehr.requests.length = 0;
    const again = await write().catch((error: unknown) => error);
    one = aWrite();
    const another = await write().catch((error: unknown) => error);
    expect([again, another]).toMatchObject([{ code: 'fhir.restricted' }, { code: 'fhir.restricted' }]);
    expect(ehr.requests).toEqual([]);
    await hospital.rows('delete from fhir.resource');
  });

  const asked = () => ehr.requests.filter(({ path }) => path !== 'metadata').length;
  it.each<[string, () => Promise<unknown>]>([
    [
      'taken back',
      () =>
        hospital.fhir.retractCommunication(hospital.ctx, {
          connectionId: hospital.connectionId,
          identifier: one.identifier,
        }),
    ],
    ['counted', () => count()],
    [
      'looked at',
      () => hospital.fhir.search(hospital.ctx, hospital.connectionId, 'CareTeam', { patient: 'Patient/1' }),
    ],
  ])('keeps the patient behind break-the-glass since then is asked once when it is %s', async (_how, ask) => {
    await hospital.rows('delete from fhir.write');
    await behave({ answer: (copy) => ({ status: 201, body: copy }), search: 'patient' });
    await write();
    manner.searched = SUPPRESSED;
    ehr.requests.length = 0;
    await ask().catch(isRestricted);
    const first = asked();
    await ask().catch(isRestricted);
    expect([first, asked()]).toEqual([1, 1]);
    const kept = await hospital.rows(
      'select type, fhir_id from fhir.resource where restricted_at is not null',
    );
    expect(kept).toEqual([{ type: 'Patient', fhir_id: '1' }]);
    await hospital.rows('delete from fhir.resource');
  });

  it('ignores the conditional create is searched before any second try', async () => {
    await behave({ answer: () => FAILED, search: 'identifier', conditional: true, shows: false });
    await expect(write()).rejects.toMatchObject({ code: 'fhir.unknown-outcome' });
    manner.shows = true;
    await expect(write()).resolves.toMatchObject({ how: 'existing' });
    expect(posts()).toHaveLength(1);
  });
});

function isRestricted(error: unknown): void {
  expect(error).toMatchObject({ code: 'fhir.restricted', retryable: false });
}

/** Break-the-glass, as Epic says it. */
function suppressed(): OperationOutcome {
  const coding = [{ system: 'urn:oid:1.2.840.114350.1.13.0.1.7.2.657369', code: '4130' }];
  const body = outcome('suppressed', 'error');
  body.issue[0]!.details = { coding };
  return body;
}

function able({ search, conditional = false, changes }: Manner): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-01',
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        resource: [
          {
            type: 'Communication',
            interaction: [
              { code: 'read' },
              { code: 'create' },
              { code: 'search-type' },
              ...(changes ? [{ code: 'update' as const }] : []),
            ],
            conditionalCreate: conditional,
            ...(search !== 'none' && { searchParam: [{ name: search, type: 'token' }] }),
          },
        ],
      },
    ],
  };
}
