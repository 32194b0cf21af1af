import type { Communication } from 'fhir/r4.js';
import { flattenedDecrypt, importJWK, type FlattenedJWE, type GeneralJWE } from 'jose';
import { Client } from 'pg';
import request from 'supertest';
import { OrganizationsFacade } from '../../src/foundation/organizations/index.js';
import { VaultFacade } from '../../src/foundation/vault/index.js';
import { systemContext } from '../../src/platform/context/context.js';
import { uuidFromPublicId } from '../../src/platform/ids/ids.js';
import { play, type StepResult } from '../../src/sandbox/story/play.js';
import { ehrCommunications } from '../../src/sandbox/story/records.js';
import type { Hospital } from '../../src/sandbox/story/story.js';
import { startWorld, type World } from '../support/world.js';

interface Listed {
  id: string;
}

describe('the main job, from appointment to opened summary', () => {
  let world: World;
  let steps: StepResult[];

  beforeAll(async () => {
    world = await startWorld();
    steps = await play(world.story);
  }, 180_000);
  afterAll(() => world.close());

  it('holds in each of its nine steps', () => {
    expect(steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(steps).toHaveLength(9);
  });

  describe('the copy in the EHR', () => {
    const texts = new Map<string, string>();

    /** What jose alone makes of the attachment, with the key that the vault gives out for it. */
    async function openWithJose(hospital: Hospital, communication: Communication): Promise<string> {
      const attachment = communication.payload!.find((part) => part.contentAttachment)!.contentAttachment!;
      const jwe = JSON.parse(Buffer.from(attachment.data!, 'base64').toString('utf8')) as GeneralJWE;
      const { kid } = jwe.recipients[0]!.header as { kid: string };
      const patient = await patientOf(hospital, communication.subject!.reference!);
      const organization = (await world.app.get(OrganizationsFacade).all()).find(
        ({ slug }) => slug === hospital.slug,
      )!;
      const ctx = systemContext(organization.id, 'test');
      const key = await world.app.get(VaultFacade).recordKey(ctx, uuidFromPublicId('pat', patient)!, kid);
      const { recipients, ...rest } = jwe;
      const { plaintext } = await flattenedDecrypt(
        { ...rest, ...recipients[0]! } as FlattenedJWE,
        await importJWK(key),
      );
      return Buffer.from(plaintext).toString('utf8');
    }

    async function patientOf(hospital: Hospital, reference: string): Promise<string> {
      const patients = await hospital.product.all<{ id: string; reference: string }>('/v1/patients');
      return patients.find((patient) => patient.reference === reference)!.id;
    }

    beforeAll(async () => {
      for (const hospital of world.story.hospitals) {
        for (const communication of await ehrCommunications(world.story, hospital)) {
          texts.set(communication.id!, await openWithJose(hospital, communication));
        }
      }
    });

    it('opens with jose alone and the key from the vault', () => {
      const said = world.story.hospitals.flatMap(({ told }) => told.flatMap(({ words }) => words));
      const all = [...texts.values()].join('\n');
      expect(said.length).toBeGreaterThan(3);
      for (const words of said) expect(all).toContain(JSON.stringify(words).slice(1, -1));
    });

    it('tells different conversations apart, each with its own outcome', () => {
      expect(new Set(texts.values()).size).toBe(texts.size);
      const all = [...texts.values()];
      const withOutcome = (code: string): number => all.filter((text) => text.includes(code)).length;
      expect(withOutcome('appointment-confirmed')).toBe(1);
      expect(withOutcome('appointment-cancelled')).toBe(1);
      expect(withOutcome('confirmation-requested')).toBe(1);
      expect(withOutcome('cancellation-requested')).toBe(1);
    });
  });

  describe('the wall between hospitals', () => {
    const lists = [
      '/v1/appointments',
      '/v1/patients',
      '/v1/consents',
      '/v1/conversations',
      '/v1/work-items',
      '/v1/summaries',
      '/v1/audit-events',
      '/v1/api-keys',
      '/v1/ehr-connections',
      '/v1/whatsapp-accounts',
      '/v1/templates',
      '/v1/reminder-rules',
    ];
    const keys = new Map<string, string>();

    beforeAll(async () => {
      for (const { slug, product } of world.story.hospitals) {
        const scopes = await everyScope();
        keys.set(
          slug,
          (await product.post<{ key: string }>('/v1/api-keys', { name: 'all of it', scopes })).key,
        );
      }
    });

    async function everyScope(): Promise<string[]> {
      const { SCOPES } = await import('../../src/foundation/identity/domain/api-key.js');
      return [...SCOPES];
    }

    const get = (path: string, slug: string) =>
      request(world.app.getHttpServer())
        .get(path)
        .set({ Authorization: `Bearer ${keys.get(slug)}` });

    it.each(lists)('%s shows each hospital rows of its own', async (list) => {
      const mine = await world.story.hospitals[0]!.product.all<Listed>(list);
      const theirs = await world.story.hospitals[1]!.product.all<Listed>(list);
      expect(mine.length).toBeGreaterThan(0);
      expect(theirs.length).toBeGreaterThan(0);
      expect(mine.filter(({ id }) => theirs.some((other) => other.id === id))).toEqual([]);
    });

    it('answers 404 to an id of the other hospital, on every route that takes one', async () => {
      const document = (await get('/openapi.json', 'st-marys')).body as {
        paths: Record<string, Record<string, object>>;
      };
      const tried: string[] = [];
      for (const [path, methods] of Object.entries(document.paths)) {
        const list = lists.find((known) => path.startsWith(`${known}/{`));
        if (!list) continue;
        const [row] = await world.story.hospitals[1]!.product.all<Listed>(list);
        for (const method of Object.keys(methods) as ('get' | 'post' | 'patch')[]) {
          const answer = await request(world.app.getHttpServer())
            [method](path.replace(/\{\w+\}/, row!.id))
            .set({ Authorization: `Bearer ${keys.get('st-marys')}`, 'If-Match': '"1"' })
            .send(BODIES[path.split('/').at(-1)!] ?? (method === 'get' ? undefined : {}));
          tried.push(`${method} ${path}`);
          expect([method, path, answer.status]).toEqual([method, path, 404]);
        }
      }
      expect(tried.length).toBeGreaterThan(20);
    });

    it('shows nothing to a query without an organization, in any table of a hospital', async () => {
      const client = new Client({ connectionString: world.database.runtimeUrl });
      await client.connect();
      const { rows: tables } = await client.query<{ name: string }>(
        `select format('%I.%I', n.nspname, c.relname) as name
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p') and c.relforcerowsecurity and has_table_privilege(c.oid, 'select')`,
      );
      expect(tables.length).toBeGreaterThan(25);
      for (const { name } of tables) {
        const { rows } = await client.query<{ count: string }>(`select count(*) from ${name}`);
        expect([name, rows[0]!.count]).toEqual([name, '0']);
      }
      await client.end();
    });
  });

  it('leaves no name, number or word of a patient readable in any table', async () => {
    const canaries = await canariesOf(world);
    expect(canaries.length).toBeGreaterThan(50);
    const admin = new URL(world.database.adminUrl);
    const client = new Client({ connectionString: admin.href });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      for (const { text } of rows) {
        const bytes = decodeHex(text);
        if (canaries.some((canary) => text.includes(canary) || bytes.includes(canary))) found.push(name);
      }
    }
    await client.end();
    expect([...new Set(found)]).toEqual([]);
  }, 120_000);
});

/** Bodies that pass validation, so that the answer is about the id. */
const BODIES: Record<string, object> = {
  resolve: { resolution: 'called-patient' },
  messages: { text: 'hello' },
  notes: { text: 'a note' },
  assign: { assignee: 'somebody' },
  correct: { note: 'a correction' },
  retract: { reason: 'wrong-patient' },
};

/**
 * Family names, numbers and what was said: nothing shorter than six characters, which might occur by chance, and no
 * family name that a practitioner bears too, since staff's names are no secret.
 */
async function canariesOf(world: World): Promise<string[]> {
  const words: string[] = world.story.hospitals.flatMap(({ told }) => told.flatMap((one) => one.words));
  for (const { slug } of world.story.hospitals) {
    const people = (type: string) => world.story.ehr<Person[]>(`hospitals/${slug}/${type}`);
    const staff = new Set((await people('Practitioner')).flatMap(familiesOf));
    for (const patient of await people('Patient')) {
      words.push(...familiesOf(patient).filter((family) => !staff.has(family)));
      words.push(...(patient.telecom ?? []).flatMap(({ value }) => value ?? []));
    }
  }
  return [...new Set(words)].filter((word) => word.length >= 6);
}

interface Person {
  name?: { family?: string }[];
  telecom?: { value?: string }[];
}

function familiesOf({ name }: Person): string[] {
  return (name ?? []).flatMap(({ family }) => family ?? []);
}

/** The bytes behind every bytea that a row prints as hex. */
function decodeHex(text: string): string {
  const parts = text.match(/\\x[0-9a-f]{2,}/g) ?? [];
  return parts.map((part) => Buffer.from(part.slice(2), 'hex').toString('utf8')).join('\n');
}
