import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AuditFacade, AuditModule } from '../../../../src/foundation/audit/index.js';
import { IdentityModule } from '../../../../src/foundation/identity/index.js';
import { OrganizationsFacade, OrganizationsModule } from '../../../../src/foundation/organizations/index.js';
import { VaultModule } from '../../../../src/foundation/vault/index.js';
import type { Settings } from '../../../../src/platform/config/settings.js';
import { INSTALLATION, systemContext, type Context } from '../../../../src/platform/context/context.js';
import { ProblemFilter } from '../../../../src/platform/http/problem.filter.js';
import { validationPipe } from '../../../../src/platform/http/validation.js';
import { newId, publicId } from '../../../../src/platform/ids/ids.js';
import { Log } from '../../../../src/platform/logging/log.js';
import { PlatformModule } from '../../../../src/platform/platform.module.js';
import { copyTemplate, type TestDatabase } from '../../../support/database.js';
import { testSettings } from '../../../support/settings.js';

const hospital = (slug: string, name: string) => ({
  slug,
  name,
  timeZone: 'Asia/Kolkata',
  country: 'IN',
  languages: ['en'],
});
const SETUP = {
  organizations: [hospital('st-marys', "St Mary's Hospital"), hospital('harbour', 'Harbour General')],
};

@Module({})
class FoundationModule {
  static with(settings: Settings, url: string): DynamicModule {
    const modules = [AuditModule, VaultModule, OrganizationsModule, IdentityModule];
    return { module: FoundationModule, imports: [PlatformModule.with(settings, url), ...modules] };
  }
}

describe('/v1/audit-events', () => {
  const apiKey = randomBytes(32).toString('hex');
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let url: string;
  let ctx: Context;

  beforeAll(async () => {
    database = await copyTemplate();
    const settings = testSettings('all', { bootstrapApiKey: apiKey });
    const foundation = FoundationModule.with(settings, database.runtimeUrl);
    const testing = await Test.createTestingModule({ imports: [foundation] }).compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    app.useGlobalPipes(validationPipe());
    app.useGlobalFilters(new ProblemFilter(new Log('silent')));
    await app.init();
    await app.get(OrganizationsFacade).applySetup(SETUP);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    const all = await app.get(OrganizationsFacade).all();
    ctx = systemContext(all.find(({ slug }) => slug === 'st-marys')!.id, 'test');
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const call = async (path: string, method = 'GET', organization = 'st-marys') => {
    const headers = { authorization: `Bearer ${apiKey}`, 'x-organization': organization };
    const answer = await fetch(`${url}${path}`, { method, headers });
    return {
      status: answer.status,
      body: (await answer.json()) as Body,
    };
  };

  it('shows what was recorded, newest first and page by page, and to nobody else', async () => {
    const patientId = newId();
    const entity = { kind: 'summary', id: newId() };
    for (const n of [1, 2, 3]) {
      await app
        .get(AuditFacade)
        .record(ctx, { type: 'summary.opened', action: 'R', patientId, entity, detail: { n } });
    }
    const patient = publicId('pat', patientId);
    const filter = `type=summary.opened&patient=${patient}&entity=${publicId('sum', entity.id)}`;
    const first = await call(`/v1/audit-events?${filter}&limit=2`);
    expect(first.status).toBe(200);
    expect(first.body.data.map(({ detail }) => detail)).toEqual([{ n: 3 }, { n: 2 }]);
    expect(first.body.data[0]).toMatchObject({
      id: expect.stringMatching(/^aud_/),
      type: 'summary.opened',
      action: 'R',
      outcome: 'success',
      actor: { kind: 'system', id: 'test' },
      entity,
      patient,
    });
    const second = await call(`/v1/audit-events?${filter}&limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body.data.map(({ detail }) => detail)).toEqual([{ n: 1 }]);
    expect(second.body.next_cursor).toBeNull();
    const until = first.body.data[1]!.recorded_at;
    const earlier = await call(`/v1/audit-events?${filter}&until=${encodeURIComponent(until)}`);
    expect(earlier.body.data.map(({ detail }) => detail)).toEqual([{ n: 1 }]);
    const elsewhere = await call(`/v1/audit-events?${filter}`, 'GET', 'harbour');
    expect(elsewhere.body.data).toEqual([]);
  });

  it.each([
    'since=yesterday',
    'patient=17',
    'entity=a name',
    `cursor=${Buffer.from('["x","y"]').toString('base64url')}`,
    'limit=0',
    'name=x',
  ])('refuses %s', async (query) => {
    expect((await call(`/v1/audit-events?${query}`)).status).toBe(400);
  });

  it('finds nothing under an id that cannot exist', async () => {
    for (const query of [`patient=pat_${'z'.repeat(26)}`, `entity=sum_${'z'.repeat(26)}`]) {
      expect((await call(`/v1/audit-events?${query}`)).body.data).toEqual([]);
    }
  });

  it('asks for a key', async () => {
    expect((await fetch(`${url}/v1/audit-events`)).status).toBe(401);
    expect((await fetch(`${url}/v1/audit/verify`, { method: 'POST' })).status).toBe(401);
  });

  it.each(['GET', 'POST'])('is sealed by the loop, and verified by %s', async (method) => {
    await app
      .get(AuditFacade)
      .record(systemContext(INSTALLATION, 'test'), { type: 'process.started', action: 'E' });
    const end = Date.now() + 10_000;
    let answer = await call('/v1/audit/verify', method);
    while (answer.body.events === 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      answer = await call('/v1/audit/verify', method);
    }
    expect(answer).toMatchObject({ status: 200, body: { ok: true, faults: [] } });
    expect(answer.body.events).toBeGreaterThan(0);
    const installation = await app.get(AuditFacade).verifyAll(ctx, []);
    expect(installation.get(INSTALLATION)).toMatchObject({ ok: true });
  });
});

interface Body {
  data: Event[];
  next_cursor: string | null;
  events: number;
}

interface Event {
  recorded_at: string;
  detail: object;
}
