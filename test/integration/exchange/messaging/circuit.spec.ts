import { jest } from '@jest/globals';
import { ConsentFacade } from '../../../../src/exchange/consent/index.js';
import type { SendRequest } from '../../../../src/exchange/messaging/index.js';
import type { Uuid } from '../../../../src/platform/ids/ids.js';
import { elapse, ST_MARYS, startBench, until, type Bench, type Person, type Told } from './support/bench.js';

/** At so many calls in a row without an answer a circuit opens. */
const IN_A_ROW = 5;
/** A little more than a circuit stays open before its probe. */
const PROBE_MS = 31_000;

describe('a number for which Meta does not answer', () => {
  let bench: Bench;
  let people: Person[];
  let elsewhere: Person;

  beforeAll(async () => {
    bench = await startBench();
    people = await Promise.all([1001, 1003, 1004, 1006, 1008].map((n) => bench.person(n)));
    const [consent] = await bench.app.get(ConsentFacade).grant(bench.ctx('harbour'), {
      patient: 'Patient/1001',
      ehrConnection: 'main',
      purposes: ['appointment-reminders'],
      method: 'paper',
      wordingVersion: '1',
      evidence: {},
      recordedAt: new Date(),
    });
    elsewhere = { patientId: consent!.patientId, addressId: consent!.addressId!, waId: '' };
  });
  afterAll(() => bench.close());

  const handIn = async (request: SendRequest, slug?: string): Promise<Uuid> =>
    (await bench.messaging.send(bench.ctx(slug), request)).messageId;
  const statesOf = async (ids: Uuid[]): Promise<string[]> =>
    (await bench.sql('select state from messaging.message where id = any($1)', [ids])).map(
      ({ state }: Told) => state,
    );
  const attemptsOf = (ids: Uuid[]): Promise<Told[]> =>
    bench.sql('select outcome from messaging.attempt where message_id = any($1)', [ids]);
  const all = (state: string, of: unknown[]): string[] => of.map(() => state);

  it('is left alone until a probe is answered, and other numbers go on', async () => {
    // given: as many calls without an answer as open its circuit
    await bench.control('POST', '/faults', { name: 'drop-all-sends', phone_number_id: ST_MARYS });
    const lost = await Promise.all(
      Array.from({ length: IN_A_ROW }, (_, n) => handIn(bench.reminder(people[n]!))),
    );
    await bench.settle();
    expect(await statesOf(lost)).toEqual(all('unknown', lost));
    // when
    const waiting = await Promise.all(people.map((person) => handIn(bench.reminder(person))));
    const other = await handIn(bench.reminder(elsewhere), 'harbour');
    await bench.settle();
    // then
    expect(await statesOf([other])).toEqual(['delivered']);
    expect(await statesOf(waiting)).toEqual(all('ready', waiting));
    expect(await attemptsOf(waiting)).toEqual([]);
    // when: Meta is back, and the probe's answer takes a while
    await bench.control('DELETE', '/faults');
    await bench.control('POST', '/faults', { name: 'hold-answer', phone_number_id: ST_MARYS, count: 1 });
    letTimePass(PROBE_MS);
    await until(async () => (await bench.control('GET', '/held')).data.length === 1);
    // then: it goes alone
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await attemptsOf(waiting)).toHaveLength(1);
    // when
    await bench.control('POST', '/release', {});
    await bench.settle();
    // then
    expect(await statesOf(waiting)).toEqual(all('delivered', waiting));
    expect(await attemptsOf(waiting)).toEqual(waiting.map(() => ({ outcome: 'accepted' })));
  });
});

/** For the circuits, which measure by both of the process's clocks. */
function letTimePass(ms: number): void {
  elapse(ms);
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}
