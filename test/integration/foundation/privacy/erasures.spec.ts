import type { DynamicModule } from '@nestjs/common';
import { PrivacyFacade, PrivacyModule, type Holder } from '../../../../src/foundation/privacy/index.js';
import { ErasureCompleted } from '../../../../src/foundation/privacy/events.js';
import { OrganizationsFacade, OrganizationsModule } from '../../../../src/foundation/organizations/index.js';
import { VaultFacade } from '../../../../src/foundation/vault/index.js';
import { systemContext, type Context } from '../../../../src/platform/context/context.js';
import { fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { Fault } from '../../../../src/platform/errors/fault.js';
import { newId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { Listeners } from '../../../../src/platform/jobs/listeners.js';
import { Settle } from '../../../../src/platform/jobs/settle.js';
import { TWO_HOSPITALS } from '../../../support/app.js';
import { startPlatform, type TestPlatform } from '../../../support/platform.js';
import { rowsOf } from '../../exchange/fhir/database.js';

/** Keeps who stopped and who erased, and can be made to fail. */
class Shelf implements Holder {
  readonly stopped: Uuid[] = [];
  readonly erased: Uuid[] = [];
  troubles: Error[] = [];
  refusal: Error | null = null;
  contacts: Uuid[] = [];
  also: Uuid[] = [];

  constructor(readonly name: string) {}

  /** In the order of what happened to all of them. */
  static readonly story: string[] = [];

  async fences(_ctx: unknown, subjects: readonly { id: Uuid }[]) {
    Shelf.story.push(`fences ${this.name}`);
    return subjects.map(({ id }) => fenceKey(id, 'address', id));
  }

  async alsoMeant() {
    return this.also.map((id) => ({ kind: 'patient' as const, id }));
  }

  async stop(_ctx: unknown, subjects: readonly { id: Uuid }[]) {
    if (this.refusal) throw this.refusal;
    Shelf.story.push(`stop ${this.name}`);
    this.stopped.push(...subjects.map(({ id }) => id));
  }

  async erase(_ctx: unknown, subjects: readonly { id: Uuid }[]) {
    const trouble = this.troubles.shift();
    if (trouble) throw trouble;
    this.erased.push(...subjects.map(({ id }) => id));
    return { counts: { things: subjects.length }, contacts: this.contacts };
  }

  reset(): void {
    this.stopped.length = 0;
    this.erased.length = 0;
    Object.assign(this, { troubles: [], refusal: null, contacts: [], also: [] });
  }
}

/** Listens before the jobs begin to run. */
function witness(completed: string[]): DynamicModule {
  const useFactory = (listeners: Listeners): string => {
    listeners.on(ErasureCompleted, 'test.erased@1', async (_ctx, ids) => void completed.push(...ids));
    return 'listening';
  };
  return { module: class Witness {}, providers: [{ provide: 'witness', inject: [Listeners], useFactory }] };
}

const fault = (retryable: boolean): Fault =>
  new Fault({ code: 'shelf.stuck', kind: 'unavailable', words: 'The shelf is stuck.', retryable });

describe('an erasure', () => {
  let platform: TestPlatform;
  let privacy: PrivacyFacade;
  let vault: VaultFacade;
  let transactions: Transactions;
  let ctx: Context;
  const [first, second] = [new Shelf('first'), new Shelf('second')];
  const completed: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform([PrivacyModule, OrganizationsModule, witness(completed)]);
    const get = <T>(token: new (...args: never[]) => T): T =>
      platform.app.get(token as never, { strict: false });
    privacy = get(PrivacyFacade);
    vault = get(VaultFacade);
    transactions = get(Transactions);
    await get(OrganizationsFacade).applySetup(TWO_HOSPITALS);
    const [organization] = await get(OrganizationsFacade).all();
    ctx = systemContext(organization!.id, 'test');
    privacy.registerHolder(first);
    privacy.registerHolder(second);
  });
  afterAll(() => platform.close());
  beforeEach(() => {
    first.reset();
    second.reset();
  });

  const ask = (patient: Uuid, within: Context = ctx) =>
    privacy.requestErasure(within, { patient, reason: 'patient-request', requestedBy: 'desk-1' });
  const settle = () => platform.app.get(Settle, { strict: false }).untilIdle();
  const stateOf = async (id: Uuid) => (await privacy.erasureOf(ctx, id)).state;
  const hasKey = async (kind: 'patient' | 'contact', id: Uuid) => {
    const rows = await rowsOf<{ destroyed: boolean }>(
      platform.database,
      'select destroyed_at is not null as destroyed from vault.data_key where subject_kind = $1 and subject_id = $2',
      [kind, id],
    );
    return rows.every(({ destroyed }) => !destroyed);
  };
  const seal = (kind: 'patient' | 'contact', id: Uuid) =>
    vault.seal(ctx, { kind, id }, { table: 'test', column: 'text', row: id }, 'words');

  it('stops every holder with the request, asks each once, and destroys the keys last', async () => {
    const [patient, other, contact] = [newId(), newId(), newId()];
    await seal('patient', patient);
    await seal('contact', contact);
    first.also = [patient, other];
    second.contacts = [contact];

    const id = await ask(patient);
    expect([first.stopped, second.stopped]).toEqual([
      [patient, other],
      [patient, other],
    ]);
    await settle();

    expect(await privacy.erasureOf(ctx, id)).toMatchObject({
      state: 'completed',
      reason: 'patient-request',
      requestedBy: 'desk-1',
      answers: [
        { holder: 'first', counts: { things: 2 } },
        { holder: 'second', counts: { things: 2 } },
      ],
    });
    expect([first.erased, second.erased]).toEqual([
      [patient, other],
      [patient, other],
    ]);
    expect([await hasKey('patient', patient), await hasKey('contact', contact)]).toEqual([false, false]);
    expect(completed).toEqual([id]);
  });

  it('asks all holders for what no send may pass before any of them stops', async () => {
    Shelf.story.length = 0;
    await ask(newId());
    expect(Shelf.story).toEqual(['fences first', 'fences second', 'stop first', 'stop second']);
    await settle();
  });

  it('that is rolled back never was', async () => {
    const patient = newId();
    await seal('patient', patient);
    second.refusal = fault(false);
    await expect(ask(patient)).rejects.toMatchObject({ code: 'shelf.stuck' });
    await settle();
    expect(first.erased).toEqual([]);
    await expect(
      transactions.run(ctx, async (tx) => {
        second.refusal = null;
        await ask(patient, tx);
        throw new Error('the caller thinks again');
      }),
    ).rejects.toThrow('thinks again');
    await settle();
    expect([first.erased, await hasKey('patient', patient)]).toEqual([[], true]);
  });

  it('asked for twice is one', async () => {
    const patient = newId();
    const [one, two] = await transactions.run(ctx, async (tx) => [
      await ask(patient, tx),
      await ask(patient, tx),
    ]);
    expect(two).toBe(one);
    expect(first.stopped).toEqual([patient]);
    await settle();
    expect(await stateOf(one!)).toBe('completed');
  });

  it('goes on behind the step at which it was interrupted', async () => {
    const patient = newId();
    await seal('patient', patient);
    second.troubles = [new Error('the process dies'), fault(true)];
    const id = await ask(patient);
    await settle();
    expect(await stateOf(id)).toBe('running');
    expect([first.erased, second.erased, await hasKey('patient', patient)]).toEqual([[patient], [], true]);
    await rowsOf(platform.database, 'update privacy.erasure set due_at = platform.now()');
    await settle();
    await rowsOf(platform.database, 'update privacy.erasure set due_at = platform.now()');
    await settle();
    expect(await stateOf(id)).toBe('completed');
    expect([first.erased, second.erased, await hasKey('patient', patient)]).toEqual([
      [patient],
      [patient],
      false,
    ]);
  });

  it('that cannot go on is shown to a person, and goes on when it is asked for again', async () => {
    const patient = newId();
    second.troubles = [fault(false)];
    const id = await ask(patient);
    await settle();
    expect(await privacy.erasureOf(ctx, id)).toMatchObject({
      state: 'blocked',
      blockedReason: 'shelf.stuck',
    });
    const items = () =>
      rowsOf<{ resolution: string | null }>(
        platform.database,
        `select resolution from worklist.work_item where key = 'erasure-blocked:${id}'`,
      );
    expect(await items()).toEqual([{ resolution: null }]);
    expect(await ask(patient)).toBe(id);
    await settle();
    expect(await stateOf(id)).toBe('completed');
    expect(await items()).toEqual([{ resolution: 'erased' }]);
    expect(first.erased).toEqual([patient]);
  });

  it('holder of a name is there once', () => {
    expect(() => privacy.registerHolder(new Shelf('first'))).toThrow('holds twice');
  });
});
