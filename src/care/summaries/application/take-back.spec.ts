import { FakeFhir } from '../../../../test/support/fakes/fhir.fake.js';
import { FakePatients } from '../../../../test/support/fakes/patients.fake.js';
import type { Context } from '../../../platform/context/context.js';
import { newId } from '../../../platform/ids/ids.js';
import { identifierOf } from '../domain/identifier.js';
import type { SummaryEntity } from '../infrastructure/summary.entity.js';
import { TakeBack } from './take-back.js';

describe('a summary that is taken back from the EHR', () => {
  let fhir: FakeFhir;
  const ctx = {} as Context;

  beforeEach(() => (fhir = new FakeFhir()));

  /** One that is there. */
  async function written(retractReason: SummaryEntity['retractReason']): Promise<SummaryEntity> {
    const id = newId();
    const identifier = identifierOf(id);
    await fhir.writeCommunication(ctx, {
      connectionId: fhir.connectionId,
      identifier,
      resource: {
        resourceType: 'Communication',
        identifier: [identifier],
        status: 'completed',
        payload: [{ contentString: 'told' }],
      },
    });
    return { id, connectionId: fhir.connectionId, patientId: newId(), retractReason } as SummaryEntity;
  }

  const run = async (reason: SummaryEntity['retractReason']) => {
    const takeBack = new TakeBack(fhir as never, new FakePatients() as never);
    const { reason: told } = await takeBack.run(ctx, await written(reason));
    const [copy] = [...fhir.communications.values()];
    return { told, status: copy!.status, says: copy!.payload !== undefined };
  };

  it('keeps what it says when staff took it back, and loses it when its patient is erased', async () => {
    expect(await run('wrong-patient')).toEqual({ told: null, status: 'entered-in-error', says: true });
    fhir = new FakeFhir();
    expect(await run('erasure')).toEqual({ told: null, status: 'entered-in-error', says: false });
  });

  it('is told to staff where the EHR keeps what it says, or takes no change at all', async () => {
    fhir.keepsContent = true;
    expect(await run('erasure')).toMatchObject({ told: 'ehr-keeps-content', status: 'entered-in-error' });
    fhir = new FakeFhir();
    fhir.can = { communicationChange: 'none' };
    expect(await run('erasure')).toMatchObject({ told: 'ehr-cannot-withdraw', status: 'completed' });
  });
});
