import { readFileSync, statSync } from 'node:fs';
import { INSTALLATION, systemContext } from '../../../../src/platform/context/context.js';
import { newId } from '../../../../src/platform/ids/ids.js';
import { anOrganization, fill, startAuditLog, type AuditLog } from './audit-log.js';

describe('the audit log', () => {
  let log: AuditLog;

  beforeAll(async () => {
    log = await startAuditLog();
  });

  afterAll(() => log.close());

  const count = async (table: string, organizationId: string): Promise<number> => {
    const { rows } = await log.admin.query(
      `select count(*)::int as n from ${table} where organization_id = $1`,
      [organizationId],
    );
    return rows[0].n;
  };

  it('keeps what was recorded, and finds it again, newest first', async () => {
    const ctx = anOrganization();
    const patientId = newId();
    const entity = { kind: 'summary', id: newId() };
    const first = await log.audit.record(ctx, { type: 'summary.opened', action: 'R', entity, patientId });
    const second = await log.audit.record(ctx, { type: 'consent.granted', action: 'C', patientId });

    const all = await log.audit.search(ctx, { limit: 10 });
    expect(all.map(({ id }) => id)).toEqual([second, first]);
    expect(all[1]).toMatchObject({
      type: 'summary.opened',
      entity,
      patientId,
      outcome: 'success',
      purpose: 'operations',
    });
    const page = await log.audit.search(ctx, { before: all[0], patientId, limit: 10 });
    expect(page.map(({ id }) => id)).toEqual([first]);
    const byEntity = await log.audit.search(ctx, { entityId: entity.id, limit: 10 });
    expect(byEntity.map(({ id }) => id)).toEqual([first]);
  });

  it('notes that it was read', async () => {
    const ctx = anOrganization();
    await log.audit.search(ctx, { limit: 10 });
    const [event] = await log.audit.search(ctx, { limit: 1 });
    expect(event).toMatchObject({ type: 'audit.searched', action: 'E' });
  });

  it('refuses an id that is no UUID', async () => {
    const entry = { type: 'summary.opened', action: 'R', patientId: 'not-an-id' } as const;
    await expect(log.audit.record(anOrganization(), entry)).rejects.toThrow(TypeError);
  });

  it('leaves no trace and no gap when the transaction rolls back', async () => {
    const ctx = anOrganization();
    await fill(log, ctx, 1);
    const lost = log.transactions.run(ctx, async (tx) => {
      await log.audit.record(tx, { type: 'summary.opened', action: 'R' });
      throw new Error('a crash between');
    });
    await expect(lost).rejects.toThrow('a crash between');
    await fill(log, ctx, 1);

    await expect(log.audit.verify(ctx)).resolves.toEqual({
      ok: true,
      events: 20,
      checkpoints: 2,
      unsealed: 0,
      faults: [],
    });
    const { rows } = await log.admin.query(
      `select min(idx)::int as first, max(idx)::int as last from audit.leaf where organization_id = $1`,
      [ctx.organizationId],
    );
    expect(rows[0]).toEqual({ first: 0, last: 19 });
  });

  it('seals what commits late', async () => {
    const ctx = anOrganization();
    await log.transactions.run(ctx, async (tx) => {
      await log.audit.record(tx, { type: 'summary.opened', action: 'R' });
      await fill(log, ctx, 1);
    });
    await expect(log.audit.verify(ctx)).resolves.toMatchObject({ ok: true, events: 10, unsealed: 1 });
    // The verification itself left an event, too.
    await expect(log.sealer.seal(ctx)).resolves.toBe(2);
    await expect(log.audit.verify(ctx)).resolves.toMatchObject({ ok: true, events: 12, unsealed: 0 });
  });

  it('is sealed once by sealers at once', async () => {
    const ctx = anOrganization();
    for (let n = 0; n < 40; n++) await log.audit.record(ctx, { type: 'summary.opened', action: 'R' });
    const sealed = await Promise.all(Array.from({ length: 8 }, () => log.sealer.seal(ctx)));
    expect(sealed.reduce((sum, one) => sum + one, 0)).toBe(40);
    expect(await count('audit.leaf', ctx.organizationId)).toBe(40);
    await expect(log.audit.verify(ctx)).resolves.toMatchObject({ ok: true, events: 40 });
  });

  it('is left alone while another process is sealing it', async () => {
    const ctx = anOrganization();
    await log.audit.record(ctx, { type: 'summary.opened', action: 'R' });
    const key = [`audit.seal/${ctx.organizationId}`];
    await log.admin.query('select pg_advisory_lock(hashtextextended($1, 0))', key);
    await expect(log.sealer.seal(ctx)).resolves.toBe(0);
    await log.admin.query('select pg_advisory_unlock(hashtextextended($1, 0))', key);
    await expect(log.sealer.seal(ctx)).resolves.toBe(1);
  });

  it('stays whole while writers write and sealers seal', async () => {
    const ctx = anOrganization();
    const write = async (): Promise<void> => {
      for (let n = 0; n < 25; n++) await log.audit.record(ctx, { type: 'summary.opened', action: 'R' });
    };
    const writing = Promise.all(Array.from({ length: 6 }, write));
    let open = true;
    const seal = async (): Promise<void> => {
      while (open) await log.sealer.seal(ctx);
    };
    const sealing = Promise.all([seal(), seal()]);
    await writing;
    open = false;
    await sealing;
    await log.sealer.seal(ctx);
    await expect(log.audit.verify(ctx)).resolves.toMatchObject({ ok: true, events: 150, unsealed: 0 });
  });

  it('publishes each checkpoint, readable by nobody else, in the form of a signed note', async () => {
    const ctx = anOrganization();
    await fill(log, ctx, 2);
    const file = log.checkpointFile(ctx);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const origin = `carethread/audit/${ctx.organizationId}`;
    const notes = readFileSync(file, 'utf8').split(`\n${origin}\n`).slice(1);
    expect(notes.map((note) => note.split('\n')[0])).toEqual(['10', '20']);
    expect(notes[1]).toMatch(new RegExp(`\n\n— ${origin} [A-Za-z0-9+/=]+\n$`));
  });

  it('seals the installation along with any organization', async () => {
    const installation = systemContext(INSTALLATION, 'test');
    await log.audit.record(installation, { type: 'process.started', action: 'E' });
    await log.sealer.claim(anOrganization());
    await expect(log.audit.verify(installation)).resolves.toMatchObject({ ok: true, events: 1, unsealed: 0 });
  });

  it('verifies every organization that it is given, and tells how far it is', async () => {
    const [one, other] = [anOrganization(), anOrganization()];
    await fill(log, one, 1);
    await fill(log, other, 2);
    const seen: [string, number][] = [];
    const results = await log.audit.verifyAll(one, [one.organizationId, other.organizationId], (progress) =>
      seen.push([progress.organizationId, progress.events]),
    );
    expect([...results.keys()]).toEqual([INSTALLATION, one.organizationId, other.organizationId]);
    expect([...results.values()].map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(seen).toEqual(
      expect.arrayContaining([
        [one.organizationId, 10],
        [other.organizationId, 20],
      ]),
    );
  });

  it('holds with an empty log', async () => {
    await expect(log.audit.verify(anOrganization())).resolves.toEqual({
      ok: true,
      events: 0,
      checkpoints: 0,
      unsealed: 0,
      faults: [],
    });
  });
});
