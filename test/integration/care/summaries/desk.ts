import type { Communication } from 'fhir/r4.js';
import request from 'supertest';
import { ConversationsModule } from '../../../../src/care/conversations/index.js';
import { SummariesModule } from '../../../../src/care/summaries/index.js';
import { MessageReceived, MessageStatusChanged } from '../../../../src/exchange/messaging/events.js';
import type { Patient } from '../../../../src/exchange/patients/index.js';
import { VaultModule } from '../../../../src/foundation/vault/index.js';
import { newId, publicId, type Uuid } from '../../../../src/platform/ids/ids.js';
import { CareWorld } from '../../../support/fakes/care-world.fake.js';
import type { FakeFhir } from '../../../support/fakes/fhir.fake.js';
import type { FakeMessaging } from '../../../support/fakes/messaging.fake.js';
import type { FakePatients } from '../../../support/fakes/patients.fake.js';

export interface Row {
  id: Uuid;
  conversation_id: Uuid;
  patient_id: Uuid | null;
  state: string;
  attempts: number;
  reason: string | null;
  fhir_id: string | null;
}

/** A desk where patients are answered, conversations are closed, and summaries are seen to. */
export class SummariesDesk {
  world: CareWorld;
  messaging: FakeMessaging;
  patients: FakePatients;
  fhir: FakeFhir;

  async start(): Promise<this> {
    this.world = await CareWorld.start(
      [SummariesModule, ConversationsModule, VaultModule],
      ['fhir', 'patients', 'messaging', 'scheduling'],
    );
    const { messaging, patients, fhir } = this.world.fakes;
    return Object.assign(this, { messaging, patients, fhir });
  }

  reset(): void {
    const usual = { route: {}, escrowKey: null, learnt: null };
    Object.assign(this.fhir, { away: false, can: {}, readState: 'current', ...usual });
    this.fhir.others.length = 0;
    this.fhir.troubles.length = 0;
  }

  readonly http = () => request(this.world.app.getHttpServer());
  readonly summaryPath = (id: Uuid): string => `/v1/summaries/${publicId('sum', id)}`;
  readonly conversationPath = (id: Uuid): string => `/v1/conversations/${publicId('cnv', id)}`;

  readonly says = async (addressId: Uuid, text: string): Promise<void> => {
    await this.world.publish(MessageReceived, [
      this.messaging.arrive(addressId, { at: await this.world.now(), text }),
    ]);
  };

  readonly conversationOn = async (addressId: Uuid): Promise<Uuid> => {
    const [row] = await this.world.rows<{ id: Uuid }>(
      'select id from conversations.conversation where address_id = $1 order by id desc',
      [addressId],
    );
    return row!.id;
  };

  readonly close = async (conversation: Uuid): Promise<void> => {
    await this.http()
      .post(`${this.conversationPath(conversation)}/close`)
      .expect(200);
    await this.world.settle();
  };

  readonly summaryOf = async (conversation: Uuid): Promise<Row> => {
    const rows = await this.world.rows<Row>('select * from summaries.summary where conversation_id = $1', [
      conversation,
    ]);
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };

  /** A patient asks, staff answers and closes. */
  readonly talk = async (
    question: string,
    answer = 'Yes.',
  ): Promise<{ patient: Patient; conversation: Uuid }> => {
    const address = newId();
    const patient = this.patients.admit([address]);
    await this.says(address, question);
    const conversation = await this.conversationOn(address);
    await this.http()
      .post(`${this.conversationPath(conversation)}/messages`)
      .send({ text: answer })
      .expect(202);
    const reply = [...this.messaging.outbound.values()].at(-1)!;
    this.messaging.accept(reply.id, await this.world.now());
    await this.world.publish(MessageStatusChanged, [reply.id]);
    await this.close(conversation);
    return { patient, conversation };
  };

  readonly copiesOf = (summary: Row): Communication[] =>
    [...this.fhir.communications.values()].filter(({ identifier }) => identifier![0]!.value === summary.id);

  readonly work = (key: string): Promise<{ state: string; reason: string }[]> =>
    this.world.rows('select state, reason from worklist.work_item where key = $1', [key]);

  readonly open = async (id: Uuid) =>
    (
      await this.http()
        .post(`${this.summaryPath(id)}/open`)
        .expect(200)
    ).body;

  readonly carrierOf = async (id: Uuid): Promise<string> =>
    (
      await this.world.rows<{ carrier: string }>('select carrier from summaries.summary where id = $1', [id])
    )[0]!.carrier;
  readonly stateOf = async (id: Uuid) =>
    (await this.world.rows('select state, retract_reason from summaries.summary where id = $1', [id]))[0];
}
