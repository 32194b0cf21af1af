import { FhirFacade } from '../../../../src/exchange/fhir/index.js';
import { closeFence, fenceKey } from '../../../../src/platform/database/fence.js';
import { Transactions } from '../../../../src/platform/database/transactions.js';
import { startBench, until, type Bench } from './support/bench.js';

describe('a number that the EHR no longer lists for a patient', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.close());

  /** Staff write another number into the record, and the product reads it. */
  async function renumber(fhirId: string, value: string): Promise<void> {
    const [connection] = await bench.sql(
      `select id, base_url from fhir.connection where base_url like '%/st-marys/%'`,
    );
    const { origin } = new URL(connection.base_url);
    const answer = await fetch(`${origin}/control/hospitals/st-marys/Patient/${fhirId}`, {
      method: 'PATCH',
      body: JSON.stringify({ telecom: [{ system: 'phone', value, use: 'mobile' }] }),
    });
    expect(answer.ok).toBe(true);
    await bench.app.get(FhirFacade).read(bench.ctx(), connection.id, `Patient/${fhirId}`);
  }

  it('gets no reminder that was waiting: somebody else may have it', async () => {
    const gita = await bench.person(1001);
    const messageId = await bench.app.get(Transactions).run(bench.ctx(), async (tx) => {
      // Held back by the fence while the number changes.
      await closeFence(tx, [fenceKey(tx.organizationId, 'address', gita.addressId)]);
      const receipt = await bench.messaging.send(bench.ctx(), bench.reminder(gita));
      await renumber('1001', '+12125550177');
      return receipt.messageId;
    });

    const stateOf = async () => (await bench.messaging.sent(bench.ctx(), [messageId]))[0]!;
    await until(async () => (await stateOf()).state !== 'ready');
    await bench.settle();

    expect(await stateOf()).toMatchObject({ state: 'refused', reason: 'not-linked' });
    expect((await bench.control('GET', `/messages?to=${gita.waId}`)).data).toHaveLength(0);
  });
});
