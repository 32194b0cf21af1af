import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, Reflector } from '@nestjs/core';
import request from 'supertest';
import { POLICY } from '../../src/platform/http/policy.js';
import { startApp, type TestApp, TWO_HOSPITALS } from '../support/app.js';

interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  policy: { kind: string; scope?: string; organization?: boolean } | undefined;
}

/** Every route of the running product, read from its controllers. */
function routesOf({ app }: TestApp): Route[] {
  const reflector = app.get(Reflector);
  return app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ instance, metatype }) => {
      const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
      const base = Reflect.getMetadata(PATH_METADATA, metatype!) as string;
      return Object.getOwnPropertyNames(prototype).flatMap((name) => {
        const handler = prototype[name] as () => unknown;
        const method =
          typeof handler === 'function'
            ? (Reflect.getMetadata(METHOD_METADATA, handler) as number)
            : undefined;
        if (method === undefined) return [];
        const path = Reflect.getMetadata(PATH_METADATA, handler) as string;
        return {
          method: RequestMethod[method]!.toLowerCase() as Route['method'],
          path: `/${[base, path].join('/')}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'),
          policy: reflector.getAllAndOverride(POLICY, [handler, metatype!]),
        };
      });
    });
}

const SOME_ID = '00000000000000000000000001';

describe('the edge', () => {
  let test: TestApp;
  let routes: Route[];

  beforeAll(async () => {
    test = await startApp(TWO_HOSPITALS);
    routes = routesOf(test);
  });
  afterAll(() => test.close());

  const http = () => request(test.app.getHttpServer());
  const as = (key: string, slug?: string) => ({
    Authorization: `Bearer ${key}`,
    ...(slug ? { 'X-Organization': slug } : {}),
  });

  async function keyOf(slug: string, scopes: string[]): Promise<string> {
    const answer = await http()
      .post('/v1/api-keys')
      .set(as(test.apiKey, slug))
      .send({ name: 'a key', scopes });
    expect(answer.status).toBe(201);
    return (answer.body as { key: string }).key;
  }

  it('gives every route a policy', () => {
    expect(routes.length).toBeGreaterThan(40);
    expect(routes.filter(({ policy }) => !policy).map(({ path }) => path)).toEqual([]);
  });

  it('answers 401 problem+json without a key, on every route that is not public', async () => {
    for (const { method, path } of routes.filter(({ policy }) => policy?.kind === 'scope')) {
      const answer = await http()[method](path.replaceAll(/:\w+/g, SOME_ID));
      expect([path, answer.status, answer.type]).toEqual([path, 401, 'application/problem+json']);
      expect(answer.body).toMatchObject({
        code: 'unauthenticated',
        request_id: expect.stringMatching(/^req_/),
      });
    }
  });

  it('answers 403 to a key without the scope, on every such route', async () => {
    const key = await keyOf('st-marys', ['jobs:write']);
    for (const { method, path, policy } of routes) {
      if (policy?.kind !== 'scope' || policy.scope === 'jobs:write') continue;
      const answer = await http()[method](path.replaceAll(/:\w+/g, SOME_ID)).set(as(key));
      expect([path, answer.status]).toEqual([path, 403]);
    }
    const events = await http()
      .get('/v1/audit-events?type=authorization.denied&limit=100')
      .set(as(test.apiKey, 'st-marys'));
    expect((events.body as { data: unknown[] }).data.length).toBeGreaterThan(30);
  });

  it('lets a hospital key see its own hospital alone', async () => {
    const key = await keyOf('harbour', ['organizations:read']);
    const list = await http().get('/v1/organizations').set(as(key));
    expect((list.body as { data: { slug: string }[] }).data.map(({ slug }) => slug)).toEqual(['harbour']);
    expect((await http().get('/v1/organizations').set(as(test.apiKey))).body).toHaveProperty(
      'data.length',
      2,
    );

    const [st] = (
      (await http().get('/v1/organizations').set(as(test.apiKey))).body as { data: { id: string }[] }
    ).data;
    expect((await http().get(`/v1/organizations/${st!.id}`).set(as(key))).status).toBe(404);
    const other = await http().get('/v1/jobs').set(as(test.apiKey, 'no-such-hospital'));
    expect([other.status, (other.body as { code: string }).code]).toEqual([404, 'not-found']);
  });

  it('asks a key that sees several hospitals which one is meant', async () => {
    const answer = await http().get('/v1/work-items').set(as(test.apiKey));
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'organization.which']);
  });

  it('closes a key with its revocation', async () => {
    const made = await http()
      .post('/v1/api-keys')
      .set(as(test.apiKey, 'st-marys'))
      .send({ name: 'short', scopes: ['api-keys:read'] });
    const { id, key } = made.body as { id: string; key: string };
    expect((await http().get('/v1/api-keys').set(as(key))).status).toBe(200);
    await http().post(`/v1/api-keys/${id}/revoke`).set(as(test.apiKey, 'st-marys')).expect(200);
    expect((await http().get('/v1/api-keys').set(as(key))).status).toBe(401);
  });

  it('lets no key make one that may do more', async () => {
    const key = await keyOf('st-marys', ['api-keys:write']);
    const answer = await http()
      .post('/v1/api-keys')
      .set(as(key))
      .send({ name: 'more', scopes: ['summaries:open'] });
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([403, 'api-key.beyond-own']);
  });

  describe('Idempotency-Key', () => {
    const post = (key: string, body: object) =>
      http()
        .post('/v1/api-keys')
        .set({ ...as(test.apiKey, 'st-marys'), 'Idempotency-Key': key })
        .send(body);
    const wish = { name: 'once', scopes: ['jobs:read'] };

    it('gives twenty at once one answer and makes one key', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post('twenty', wish)));
      const made = answers
        .filter(({ status }) => status === 201)
        .map(({ body }) => (body as { id: string }).id);
      expect(new Set(made).size).toBe(1);
      expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
      const again = await post('twenty', wish);
      expect([again.status, (again.body as { id: string }).id]).toEqual([201, made[0]]);
    });

    it('refuses the same key with another body', async () => {
      await post('other', wish);
      const answer = await post('other', { ...wish, name: 'twice' });
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([
        422,
        'idempotency.other-body',
      ]);
    });

    it('frees the key when the first request was refused', async () => {
      expect((await post('freed', { name: 'x', scopes: ['no-such-scope'] })).status).toBe(400);
      expect((await post('freed', wish)).status).toBe(201);
    });
  });

  describe('bad input is never a 5xx', () => {
    const json = (body: string | Buffer) =>
      http()
        .post('/v1/api-keys')
        .set({ ...as(test.apiKey, 'st-marys'), 'Content-Type': 'application/json' })
        .send(body);

    it.each([
      ['no JSON', '{', 400, 'json.malformed'],
      ['deep JSON', '['.repeat(65) + ']'.repeat(65), 400, 'json.too-deep'],
      ['__proto__', '{"__proto__":{"scopes":["*"]}}', 400, 'json.forbidden-key'],
      ['an unknown field', '{"name":"a","scopes":["jobs:read"],"admin":true}', 400, 'validation.failed'],
      ['a list instead of an object', '[]', 400, 'validation.failed'],
      ['a body over 256 KB', JSON.stringify({ name: 'x'.repeat(300_000) }), 413, 'body.too-large'],
    ])('%s', async (_, body, status, code) => {
      const answer = await json(body);
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, code]);
    });

    it('refuses other content types, unknown routes, odd cursors and odd ids', async () => {
      const form = await http()
        .post('/v1/api-keys')
        .set(as(test.apiKey, 'st-marys'))
        .type('form')
        .send('name=a');
      expect(form.status).toBe(415);
      expect((await http().get('/v1/nothing').set(as(test.apiKey))).status).toBe(404);
      const cursor = await http().get('/v1/work-items?cursor=%F0').set(as(test.apiKey, 'st-marys'));
      expect([400]).toContain(cursor.status);
      const id = await http().get('/v1/work-items/%00').set(as(test.apiKey, 'st-marys'));
      expect(id.status).toBe(404);
      const limit = await http().get('/v1/work-items?limit=1000').set(as(test.apiKey, 'st-marys'));
      expect([limit.status, (limit.body as { errors: { pointer: string }[] }).errors[0]!.pointer]).toEqual([
        400,
        '/limit',
      ]);
    });

    it('never repeats a value in an error', async () => {
      const answer = await json('{"name":"canary-value-7","scopes":["canary-value-7"]}');
      expect(JSON.stringify(answer.body)).not.toContain('canary-value-7');
    });
  });

  it('answers probes and metrics without a key, with headers that keep pages to themselves', async () => {
    const live = await http().get('/health/live');
    expect([live.status, live.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(live.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await http().get('/health/ready')).status).toBe(200);
    expect((await http().get('/metrics')).text).toContain('carethread_process_cpu');
    expect((await http().get('/openapi.json')).body).toHaveProperty('openapi');
  });
});
