import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { decodeChange, type Decoded } from './decode.js';
import { nodesOf, replaced } from '../../../../test/support/json-nodes.js';
import { routeChanges } from './route.js';
import { dayOf, readTimestamp } from './timestamps.js';

const FOLDER = fileURLToPath(new URL('../../../../test/fixtures/whatsapp/', import.meta.url));
const body = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8'));
const decoded = (name: string): Decoded[] =>
  routeChanges(body(name), []).map(({ change }) => decodeChange(change));
const one = (name: string) => decoded(name)[0]!.messages[0];
const P = '12125550142';

describe('an inbound message', () => {
  it.each([
    ['text', { kind: 'text', text: 'Olá 😀', token: null, from: { waId: P, userId: 'US.11aa22bb' } }],
    ['button', { kind: 'button', text: 'Confirm', token: 'a1.Zk3v0Q', quotedWamid: 'wamid.OUT1' }],
    ['button-reply', { kind: 'interactive', text: 'Cancel', token: 'a1.p0Qx', from: { waId: P } }],
    ['list-reply', { kind: 'interactive', text: 'Tue 10:30', token: 'slot.9f' }],
    ['nfm-reply', { kind: 'other', type: 'interactive', token: null }],
    ['image', { kind: 'other', type: 'image', text: 'letter', token: null }],
    ['unsupported', { kind: 'other', type: 'unsupported', text: null }],
    ['unknown-type', { kind: 'other', type: 'hologram' }],
    ['contact-request', { kind: 'other', type: 'contacts', from: { userId: 'GB.55dd' } }],
    ['user-id-only', { from: { userId: 'GB.55dd' } }],
    ['user-id-in-from', { from: { userId: 'GB.55dd' } }],
    ['user-id-malformed', { from: { waId: P } }],
    ['changed-number', { kind: 'other', type: 'system', opensWindow: false, from: { waId: P } }],
    ['changed-user-id', { type: 'system', opensWindow: false, from: { userId: 'GB.55dd' } }],
    ['milliseconds', { at: new Date(1_790_000_109_123) }],
  ])('%s is understood', (name, expected) => {
    expect(one(name)).toMatchObject(expected);
  });

  it.each([
    ['nobody', 'no-sender'],
    ['group', 'group'],
    ['unknown-field', 'field'],
    ['status-unknown', 'status'],
  ])('%s is passed over as %s', (name, what) => {
    expect(decoded(name)[0]).toMatchObject({ messages: [], statuses: [], passedOver: [what] });
  });
});

describe('a status', () => {
  const first = (name: string) => decoded(name)[0]!.statuses[0];

  it('carries our attempt id, its time and its code', () => {
    const attemptId = '6f1c0d2e-0f3a-4c53-8c0f-2a4f5f6b7c8d';
    expect(first('status-sent')).toEqual({
      wamid: 'wamid.OUT1',
      attemptId,
      status: 'sent',
      at: new Date(1_790_000_110_000),
      code: null,
    });
    expect(first('status-failed')).toMatchObject({ status: 'failed', attemptId, code: 131026 });
  });

  it('comes without a phone, and with data that is not ours', () => {
    expect(first('status-delivered-user-id')).toMatchObject({ wamid: 'wamid.OUT5', attemptId: null });
    expect(first('status-foreign-data')).toMatchObject({ wamid: 'wamid.OUT6', attemptId: null });
  });
});

describe('a change', () => {
  it('of a template asks for the templates to be read again', () => {
    expect(decoded('template-paused')[0]).toMatchObject({ templatesChanged: true, passedOver: [] });
  });

  it('may hold errors alone', () => {
    expect(decoded('errors-only')[0]).toMatchObject({ errors: [130429], messages: [], passedOver: [] });
  });

  it('goes to its own organization, all of it', () => {
    const accounts = [
      { phoneNumberId: '100200300', businessAccountId: '200300400', organizationId: 'a', accountId: 'a1' },
      { phoneNumberId: '100200301', businessAccountId: '200300401', organizationId: 'b', accountId: 'b1' },
    ];
    const routed = routeChanges(body('batch'), accounts);
    expect(routed.map(({ account }) => account?.organizationId)).toEqual(['a', 'a', 'b']);
    const all = routed.map(({ change }) => decodeChange(change));
    expect(all.flatMap(({ messages }) => messages)).toHaveLength(4);
    expect(all.flatMap(({ statuses }) => statuses)).toHaveLength(3);
    expect(routeChanges(body('template-paused'), accounts).map(({ account }) => account?.accountId)).toEqual([
      'a1',
    ]);
    expect(routeChanges(body('batch'), []).every(({ account }) => account === null)).toBe(true);
  });

  it('of any shape is never an error', () => {
    const files = readdirSync(FOLDER).map((file) => body(file.replace('.json', '')));
    for (const file of files)
      expect(() => routeChanges(file, []).map(({ change }) => decodeChange(change))).not.toThrow();
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 6 });
    fc.assert(fc.property(anything, (value) => void decodeChange({ field: 'messages', value })));
    const nearly = fc.record({
      messages: fc.array(
        fc.record({ id: fc.anything(), type: fc.anything(), from: fc.anything(), text: fc.anything() }),
      ),
      statuses: fc.array(fc.record({ id: fc.anything(), status: fc.anything(), errors: fc.anything() })),
      contacts: fc.anything(),
    });
    fc.assert(fc.property(nearly, (value) => void decodeChange({ field: 'messages', value })));
    fc.assert(
      fc.property(
        fc.anything(),
        (value) => void routeChanges({ entry: [{ changes: [{ value }] }, value] }, []),
      ),
    );
  });
});

describe('a recorded webhook of which any part is any JSON', () => {
  const files = readdirSync(FOLDER).map((file) => body(file.replace('.json', '')));

  it.each([...files.keys()])('is never an error: file %#', (index) => {
    const file = files[index];
    fc.assert(
      fc.property(fc.constantFrom(...nodesOf(file)), fc.jsonValue(), (path, value) => {
        const changes = routeChanges(replaced(file, path, value), []);
        for (const { change, field, at } of changes) {
          decodeChange(change);
          expect(field).toMatch(/^[a-z_]{1,64}$/);
          expect(dayOf(at)).toMatch(/^\d{4}-\d\d-\d\d$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("Meta's time", () => {
  it.each([
    ['1790000000', '2026-09-21'],
    [1_790_000_000, '2026-09-21'],
    ['1790000000123', '2026-09-21'],
    ['soon', '1970-01-01'],
    [-5, '1970-01-01'],
    [1e300, '1970-01-01'],
    [null, '1970-01-01'],
  ])('%s belongs to the day %s', (value, day) => {
    expect(dayOf(readTimestamp(value))).toBe(day);
  });

  it("of a change is the first readable one inside, else the entry's", () => {
    const at = (value: object, time?: number) =>
      routeChanges({ entry: [{ time, changes: [{ field: 'messages', value }] }] }, [])[0]!.at;
    expect(at({ messages: [{ timestamp: 'x' }, { timestamp: '1790000000' }] }, 1)).toEqual(
      new Date(1_790_000_000_000),
    );
    expect(at({ event: 'PAUSED' }, 1_790_000_001)).toEqual(new Date(1_790_000_001_000));
    expect(at({})).toBeNull();
  });
});
