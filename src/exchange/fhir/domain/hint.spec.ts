import fc from 'fast-check';
import { progressOf } from './event-numbers.js';
import { isProven, signHint, subscriptionToken } from './hint-proof.js';
import { hintFaults, MOST_HINTS, readHintMessage, type SubscriptionNotice } from './hint.js';

const BASE = 'https://ehr.example/fhir';
const VISIT = { type: 'Appointment', id: '1' };

const isGood = (item: unknown): item is { id: string } =>
  typeof item === 'object' &&
  item !== null &&
  'resourceType' in item &&
  !String((item as { id?: string }).id).includes('/');

describe('a hint', () => {
  it.each([
    ['one', { resourceType: 'Appointment', id: '1', occurredAt: '2026-11-26T10:00:00Z' }],
    ['a list', [{ resourceType: 'Appointment', id: '1' }]],
    ['a list by name', { hints: [{ resourceType: 'Appointment', id: '1' }] }],
    ['a whole resource, of which the id counts', { resourceType: 'Appointment', id: '1', status: 'booked' }],
  ])('is read from %s', (_, body) => {
    expect(readHintMessage(body, BASE)).toEqual({ kind: 'hints', hints: [VISIT], bad: [] });
  });

  it.each([[undefined], [null], [{}]])('without a body (%j) says that something has changed', (body) => {
    expect(readHintMessage(body, BASE)).toEqual({ kind: 'something' });
  });

  it.each<[string, unknown]>([
    ['a text', 'text'],
    ['a number', 7],
    ['without a type', { id: '1' }],
    ['a path that climbs', { resourceType: 'Appointment', id: '../x' }],
    ['a Bundle of nothing', { resourceType: 'Bundle', entry: [] }],
    [
      'too many at once',
      Array.from({ length: MOST_HINTS + 1 }, () => ({ resourceType: 'Appointment', id: '1' })),
    ],
  ])('is none when it is %s', (_, body) => {
    expect(readHintMessage(body, BASE)).toBeNull();
  });

  it.each([
    ['a list', '', (items: unknown[]) => items],
    ['a list by name', '/hints', (hints: unknown[]) => ({ hints })],
  ])('is kept of %s beside what is none, whose place is told', (_, pointer, bodyOf) => {
    const items = [
      { resourceType: 'Appointment', id: '../x' },
      { resourceType: 'Appointment', id: '1' },
      'x',
      null,
    ];
    expect(readHintMessage(bodyOf(items), BASE)).toEqual({
      kind: 'hints',
      hints: [VISIT],
      bad: [`${pointer}/0`, `${pointer}/2`, `${pointer}/3`],
    });
  });

  it('is told from what is none wherever it stands, and never with what that said', () => {
    const mark = 'a-word-of-a-patient';
    const good = fc.record({
      resourceType: fc.constant('Appointment'),
      id: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
    });
    const none = fc.constantFrom<unknown>(
      `${mark}`,
      { resourceType: 'Appointment', id: `${mark}/1` },
      { id: mark },
      7,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(good, none), { maxLength: 30 }), (items) => {
        const message = readHintMessage(items, BASE);
        if (message?.kind !== 'hints') throw new Error('a list is one of hints');
        const wrong = items.flatMap((item, at) => (isGood(item) ? [] : [`/${at}`]));
        expect(message.bad).toEqual(wrong);
        expect(message.hints.map(({ id }) => id)).toEqual(items.filter(isGood).map(({ id }) => id));
        expect(JSON.stringify(hintFaults(message.bad))).not.toContain(mark);
      }),
    );
  });

  it('never throws, whatever is posted', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (body, inner) => {
        readHintMessage(body, BASE);
        readHintMessage({ resourceType: 'Bundle', entry: [{ resource: inner }] }, BASE);
        readHintMessage({ resourceType: 'Bundle', entry: inner }, BASE);
      }),
    );
  });
});

const inR4 = (parameter: object[]) => ({
  resourceType: 'Bundle',
  type: 'history',
  entry: [{ resource: { resourceType: 'Parameters', parameter } }],
});

describe('a notification of the Subscriptions Backport', () => {
  it('is read from R4 Parameters', () => {
    const body = inR4([
      { name: 'status', valueCode: 'active' },
      { name: 'type', valueCode: 'event-notification' },
      { name: 'events-since-subscription-start', valueString: '3' },
      {
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: '3' },
          { name: 'focus', valueReference: { reference: `${BASE}/Appointment/1` } },
        ],
      },
    ]);
    expect(readHintMessage(body, BASE)).toEqual({
      kind: 'notice',
      notice: { kind: 'event-notification', eventsSoFar: 3, events: [{ number: 3, focus: VISIT }] },
    });
  });

  it('is read from a SubscriptionStatus', () => {
    const resource = {
      resourceType: 'SubscriptionStatus',
      type: 'event-notification',
      eventsSinceSubscriptionStart: '2',
      notificationEvent: [{ eventNumber: '2', focus: { reference: 'Appointment/1' } }],
    };
    const body = { resourceType: 'Bundle', type: 'subscription-notification', entry: [{ resource }] };
    expect(readHintMessage(body, BASE)).toMatchObject({ notice: { events: [{ number: 2, focus: VISIT }] } });
  });

  it('keeps the number of an event whose record lies elsewhere', () => {
    const focus = { name: 'focus', valueReference: { reference: 'https://other.example/Appointment/1' } };
    const body = inR4([
      { name: 'type', valueCode: 'event-notification' },
      { name: 'notification-event', part: [{ name: 'event-number', valueInteger: 4 }, focus] },
    ]);
    expect(readHintMessage(body, BASE)).toMatchObject({ notice: { events: [{ number: 4, focus: null }] } });
  });
});

const notice = (numbers: number[], eventsSoFar: number | null = null): SubscriptionNotice => ({
  kind: 'event-notification',
  eventsSoFar,
  events: numbers.map((number) => ({ number, focus: null })),
});

describe('the numbers of events', () => {
  it.each<[string, number | null, SubscriptionNotice, { last: number; gap: boolean }]>([
    ['the first ever heard', null, notice([7]), { last: 7, gap: false }],
    ['the next', 7, notice([8]), { last: 8, gap: false }],
    ['several at once', 7, notice([9, 8, 10]), { last: 10, gap: false }],
    ['one left out', 7, notice([9]), { last: 9, gap: true }],
    ['one left out among several', 7, notice([8, 10]), { last: 10, gap: true }],
    ['a repeated one', 7, notice([7]), { last: 7, gap: false }],
    ['a late one', 7, notice([3]), { last: 7, gap: false }],
    ['a heartbeat that knows of more', 7, notice([], 9), { last: 9, gap: true }],
    ['a heartbeat that knows of no more', 7, notice([], 7), { last: 7, gap: false }],
  ])('tell of %s', (_, last, said, progress) => {
    expect(progressOf(last, said)).toEqual(progress);
  });

  it('never go down, and heard without a gap show none', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 50 }), (last, count) => {
        const numbers = Array.from({ length: count }, (_, n) => last + 1 + n);
        expect(progressOf(last, notice(numbers))).toEqual({ last: last + count, gap: false });
      }),
    );
  });
});

describe('the proof of a hint', () => {
  const now = new Date('2026-11-26T10:00:00Z');
  const seconds = String(now.getTime() / 1_000);
  const body = Buffer.from('{"resourceType":"Appointment","id":"1"}');
  const known = { secrets: ['old', 'new'], connectionId: 'c', body, now };
  const proof = { signature: undefined, timestamp: undefined, authorization: undefined };

  it.each(['old', 'new'])('is the signature with the secret %s', (secret) => {
    const signature = signHint(secret, seconds, body);
    expect(isProven({ ...proof, signature, timestamp: seconds }, known)).toBe(true);
  });

  it('is the token of a Subscription', () => {
    const authorization = `Bearer ${subscriptionToken('new', 'c')}`;
    expect(isProven({ ...proof, authorization }, known)).toBe(true);
  });

  it.each([
    ['nothing', proof],
    ['another secret', { ...proof, signature: signHint('x', seconds, body), timestamp: seconds }],
    ['no timestamp', { ...proof, signature: signHint('new', seconds, body) }],
    [
      'another timestamp',
      { ...proof, signature: signHint('new', seconds, body), timestamp: `${Number(seconds) + 1}` },
    ],
    ['an old timestamp', { ...proof, signature: signHint('new', '1', body), timestamp: '1' }],
    ['the secret itself as a token', { ...proof, authorization: 'Bearer new' }],
    ["another connection's token", { ...proof, authorization: `Bearer ${subscriptionToken('new', 'd')}` }],
    [
      'another body',
      { ...proof, signature: signHint('new', seconds, Buffer.from('{}')), timestamp: seconds },
    ],
  ])('is not %s', (_, given) => {
    expect(isProven(given, known)).toBe(false);
  });

  it('is nothing where no secret is set', () => {
    const authorization = `Bearer ${subscriptionToken('', 'c')}`;
    expect(isProven({ ...proof, authorization }, { ...known, secrets: [] })).toBe(false);
  });
});
