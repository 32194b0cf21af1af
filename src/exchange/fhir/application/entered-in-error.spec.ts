import type { Communication } from 'fhir/r4.js';
import type { PatchOperation } from '../infrastructure/fhir-client.js';
import { refused } from '../infrastructure/fhir-fault.js';
import { enterInError } from './entered-in-error.js';
import type { Where } from './find-copies.js';

type Change = 'update' | 'patch' | 'none';
/** What an EHR does with a change that takes content away. */
type Manner = 'takes' | 'refuses' | 'ignores' | 'refuses-all' | 'busy';

const WRITTEN: Communication = {
  resourceType: 'Communication',
  id: '7',
  meta: { versionId: '1' },
  status: 'completed',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>told</p></div>' },
  payload: [{ contentString: 'what was said' }],
};

/** An EHR with one Communication. */
class FakeEhr {
  kept: Communication = structuredClone(WRITTEN);
  readonly patches: PatchOperation[][] = [];
  /** The read from which on it shows the Communication no more, and what it answers then. */
  keptBackFrom = Infinity;
  keptBackWith = 403;
  private reads = 0;

  constructor(
    private readonly change: Change,
    private readonly manner: Manner,
  ) {}

  where(): Where {
    const client = {
      read: async () => {
        this.reads++;
        if (this.reads >= this.keptBackFrom) throw refused(this.keptBackWith);
        return { resource: this.kept, status: 200 };
      },
      isElsewhere: (address: string) => address.startsWith('https://other.example/'),
      tellForeign: async () => undefined,
      update: async (resource: Communication) => this.keep(resource),
      patch: async (_key: unknown, operations: PatchOperation[]) => {
        this.patches.push(operations);
        const removed = operations.flatMap(({ op, path }) => (op === 'remove' ? [path.slice(1)] : []));
        const rest = Object.entries(this.kept).filter(([name]) => !removed.includes(name));
        this.keep({ ...(Object.fromEntries(rest) as unknown as Communication), status: 'entered-in-error' });
      },
    };
    const capabilities = { communicationChange: this.change };
    const connection = { baseUrl: 'https://ehr.example/fhir', alternateBaseUrls: [] };
    return { connected: { client, connection }, capabilities } as unknown as Where;
  }

  private keep(next: Communication): void {
    const empties = next.payload === undefined && this.kept.payload !== undefined;
    if (this.manner === 'busy') throw refused(412);
    if (this.manner === 'refuses-all' || (empties && this.manner === 'refuses')) throw refused(422);
    const version = String(Number(this.kept.meta!.versionId) + 1);
    const content = this.manner === 'ignores' ? { payload: this.kept.payload } : {};
    this.kept = { ...next, ...content, meta: { versionId: version } };
  }
}

describe.each(['update', 'patch'] as const)('a Communication that an EHR lets change by %s', (change) => {
  it.each([
    ['is marked and keeps what it says', 'takes', false, 'marked', true],
    ['is marked and emptied', 'takes', true, 'marked', false],
    ['is marked where emptying is refused, and that is told', 'refuses', true, 'content-left', true],
    [
      'is marked where emptying is done in words only, and that is told',
      'ignores',
      true,
      'content-left',
      true,
    ],
  ] as const)('%s', async (_what, manner, empty, marked, says) => {
    const ehr = new FakeEhr(change, manner);
    expect(await enterInError(ehr.where(), '7', { empty })).toBe(marked);
    expect(ehr.kept.status).toBe('entered-in-error');
    expect([ehr.kept.payload !== undefined]).toEqual([says]);
    if (manner === 'takes') expect(ehr.kept.text !== undefined).toBe(says);
    expect(await enterInError(ehr.where(), '7', { empty })).toBe(marked);
  });

  it('stays as it is where every change is refused', async () => {
    const ehr = new FakeEhr(change, 'refuses-all');
    expect(await enterInError(ehr.where(), '7', { empty: true })).toBe('unsupported');
    expect(ehr.kept).toEqual(WRITTEN);
  });

  it.each([
    ['kept from us', 403, 'unsupported'],
    ['gone', 410, 'marked'],
  ] as const)('that is %s after many tries is believed to be just that', async (_what, status, marked) => {
    const ehr = new FakeEhr(change, 'busy');
    ehr.keptBackWith = status;
    ehr.keptBackFrom = 4;
    expect(await enterInError(ehr.where(), '7')).toBe(marked);
  });

  it.each([
    { contentReference: { reference: 'Binary/9' } },
    { contentAttachment: { contentType: 'text/plain', url: 'https://ehr.example/fhir/Binary/9' } },
    { contentAttachment: { contentType: 'text/plain', url: 'https://other.example/texts/9' } },
  ])('whose text is kept apart stays what leads there, and that is told', async (part) => {
    const ehr = new FakeEhr(change, 'takes');
    ehr.kept = { ...WRITTEN, payload: [part] };
    for (const _time of [1, 2])
      expect(await enterInError(ehr.where(), '7', { empty: true })).toBe('content-left');
    expect(ehr.kept).toMatchObject({ status: 'entered-in-error', payload: [part] });
  });

  it('that was marked before is emptied all the same', async () => {
    const ehr = new FakeEhr(change, 'takes');
    await enterInError(ehr.where(), '7');
    expect(await enterInError(ehr.where(), '7', { empty: true })).toBe('marked');
    expect(ehr.kept.payload).toBeUndefined();
  });
});

describe('a Communication of an EHR that takes no change', () => {
  it('is not asked for', async () => {
    const ehr = new FakeEhr('none', 'takes');
    expect(await enterInError(ehr.where(), '7', { empty: true })).toBe('unsupported');
    expect(ehr.kept).toEqual(WRITTEN);
  });
});
