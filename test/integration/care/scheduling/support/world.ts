import 'reflect-metadata';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { INestApplicationContext } from '@nestjs/common';
import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import pg from 'pg';
import { DataSource } from 'typeorm';
import {
  ConversationsFacade,
  ConversationsModule,
  type Answer,
} from '../../../../../src/care/conversations/index.js';
import { SchedulingModule } from '../../../../../src/care/scheduling/index.js';
import { FhirFacade, FhirModule } from '../../../../../src/exchange/fhir/index.js';
import { MessagingFacade, MessagingModule } from '../../../../../src/exchange/messaging/index.js';
import { PatientsFacade, PatientsModule } from '../../../../../src/exchange/patients/index.js';
import { AuditFacade, AuditModule } from '../../../../../src/foundation/audit/index.js';
import { OrganizationsFacade } from '../../../../../src/foundation/organizations/index.js';
import { WorklistFacade, WorklistModule } from '../../../../../src/foundation/worklist/index.js';
import { systemContext, type Context } from '../../../../../src/platform/context/context.js';
import { Transactions } from '../../../../../src/platform/database/transactions.js';
import { Metrics } from '../../../../../src/platform/health/metrics.js';
import { newId, type Uuid } from '../../../../../src/platform/ids/ids.js';
import { Settle } from '../../../../../src/platform/jobs/settle.js';
import { PlatformModule } from '../../../../../src/platform/platform.module.js';
import { copyTemplate, type TestDatabase } from '../../../../support/database.js';
import { testSettings } from '../../../../support/settings.js';
import { FakeEhr } from './fake-ehr.js';
import { FakeMessaging } from './fake-messaging.js';
import { FakePatients } from './fake-patients.js';
import { FakeAudit, FakeConversations, FakeWorklist } from './fake-staff.js';

const HOUR_MS = 3_600_000;
const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };

export const NO_QUIET_HOURS = { from: '00:00', to: '00:00' };

export const RULES = [
  { key: 'three-days', before: 'P3D', template: 'appointment_reminder' },
  { key: 'one-day', before: 'P1D', template: 'appointment_reminder' },
];

export interface StepRow {
  id: Uuid;
  appointment_id: Uuid;
  rule: string;
  state: string;
  reason: string | null;
  visit_version: number;
  due_at: Date;
}

/** Scheduling on a real database with a hospital, between stand-ins of its neighbours. */
export class World {
  readonly ehr = new FakeEhr();
  readonly messaging = new FakeMessaging();
  readonly patients = new FakePatients(this.ehr.connectionId);
  readonly worklist = new FakeWorklist();
  readonly audit = new FakeAudit();
  readonly conversations = new FakeConversations();
  ctx: Context;
  app: INestApplicationContext;
  private database: TestDatabase;
  private setup: object;

  static async begin(setup: object = {}): Promise<World> {
    const world = new World();
    await world.start({ reminders: RULES, quietHours: NO_QUIET_HOURS, ...setup });
    return world;
  }

  /** As it was at first, for the next test. Quicker than another world. */
  async reset(): Promise<void> {
    // A loop that the last test woke would lock rows that are taken away below, in another order.
    await this.settle();
    const neighbours = [
      this.ehr,
      this.messaging,
      this.patients,
      this.worklist,
      this.audit,
      this.conversations,
    ];
    for (const neighbour of neighbours) neighbour.reset();
    await this.apply(this.setup);
    await this.asOwner(
      `truncate scheduling.appointment, scheduling.step, scheduling.action, scheduling.button_token,
                scheduling.place, scheduling.way`,
    );
    await this.app.get(DataSource).query(`update platform.clock set ahead = '0'`);
  }

  async end(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  /** A visit of Patient/1 that begins so many hours from the product's now. */
  async book(hours: number, more: Partial<Appointment> = {}): Promise<void> {
    const start = new Date(Math.round(((await this.now()).getTime() + hours * HOUR_MS) / 60_000) * 60_000);
    this.ehr.put({
      resourceType: 'Appointment',
      id: '1',
      status: 'booked',
      start: start.toISOString(),
      end: new Date(start.getTime() + HOUR_MS / 2).toISOString(),
      participant: [participant('Patient/1')],
      ...more,
    });
    await this.sync();
  }

  /** The EHR's staff change a visit; the next sweep finds it. */
  change(fhirId: string, change: Partial<Appointment>): void {
    this.ehr.put({ ...this.ehr.get(fhirId), ...change });
  }

  async sync(): Promise<void> {
    await this.ehr.sync(this.ctx);
    await this.settle();
  }

  settle(): Promise<number> {
    return this.app.get(Settle).untilIdle();
  }

  async now(): Promise<Date> {
    const [row] = await this.app.get(DataSource).query<{ now: Date }[]>('select platform.now() as now');
    return row!.now;
  }

  /** Moves the product's clock and lets all that falls due happen. */
  async advance(hours: number): Promise<void> {
    await this.app
      .get(DataSource)
      .query(`update platform.clock set ahead = ahead + make_interval(secs => $1)`, [hours * 3_600]);
    await this.settle();
  }

  /** Sets the product's clock without letting anything happen yet. */
  async setClock(at: string): Promise<void> {
    await this.app
      .get(DataSource)
      .query('update platform.clock set ahead = $1::timestamptz - clock_timestamp()', [at]);
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const metric = await this.app.get(Metrics).registry.getSingleMetric(name)!.get();
    return metric.values[0]!.value;
  }

  rows<Row>(text: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.app.get(Transactions).run(this.ctx, async (tx) => {
      const manager = tx.tx as unknown as { query(text: string, parameters: unknown[]): Promise<Row[]> };
      return manager.query(text, parameters);
    });
  }

  steps(): Promise<StepRow[]> {
    return this.rows(
      `select s.id, s.appointment_id, r.key as rule, s.state, s.reason, s.visit_version, s.due_at
         from scheduling.step s join scheduling.reminder_rule r on r.id = s.rule_id order by s.visit_version, s.due_at, s.id`,
    );
  }

  /** `1 one-day handed`: visit version, rule, state and reason of every step. */
  async story(): Promise<string[]> {
    const steps = await this.steps();
    return steps.map((one) => [one.visit_version, one.rule, one.state, one.reason].filter(Boolean).join(' '));
  }

  /** The patient taps a button of the newest reminder, or sends this token. */
  async tap(
    which: 'confirm' | 'cancel' | { token: string },
    from: { addressId?: Uuid; id?: Uuid } = {},
  ): Promise<Answer | null> {
    const reminder = this.messaging.reminders().at(-1)!;
    const buttons = reminder.content.kind === 'template' ? reminder.content.buttons : [];
    const token = typeof which === 'object' ? which.token : buttons[which === 'confirm' ? 0 : 1]!;
    const answer = await this.conversations.receive(this.ctx, {
      id: from.id ?? newId(),
      addressId: from.addressId ?? reminder.addressId,
      accountId: newId(),
      conversationId: newId(),
      at: await this.now(),
      kind: 'button',
      text: null,
      token,
      replyTo: reminder.id,
    });
    await this.settle();
    return answer;
  }

  private async start(setup: object): Promise<void> {
    this.setup = setup;
    this.database = await copyTemplate();
    this.app = await this.compile();
    await this.app.init();
    this.ehr.use(this.app.get(Transactions));
    await this.apply(setup);
    const [organization] = await this.app.get(OrganizationsFacade).all();
    this.ctx = systemContext(organization!.id, 'test');
  }

  async apply(setup: object): Promise<void> {
    const hospital = {
      slug: 'harbour',
      name: 'Harbour General',
      timeZone: 'Europe/London',
      country: 'GB',
      languages: ['en'],
    };
    await this.app.get(OrganizationsFacade).applySetup({ organizations: [{ ...hospital, ...setup }] });
  }

  private async asOwner(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.ownerUrl });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  private compile(): Promise<INestApplicationContext> {
    const fakes: [Type, Type, object][] = [
      [FhirModule, FhirFacade, this.ehr],
      [MessagingModule, MessagingFacade, this.messaging],
      [PatientsModule, PatientsFacade, this.patients],
      [ConversationsModule, ConversationsFacade, this.conversations],
      [WorklistModule, WorklistFacade, this.worklist],
      [AuditModule, AuditFacade, this.audit],
    ];
    const imports = [PlatformModule.with(testSettings('all'), this.database.runtimeUrl), SchedulingModule];
    const builder = Test.createTestingModule({ imports }).setLogger(QUIET);
    for (const [module, facade, fake] of fakes)
      builder.overrideModule(module).useModule(standIn(facade, fake));
    return builder.compile();
  }
}

export function participant(
  reference: string,
  status: AppointmentParticipant['status'] = 'needs-action',
): AppointmentParticipant {
  return { actor: { reference }, status };
}

function standIn(facade: Type, fake: object): DynamicModule {
  @Module({})
  class StandIn {}
  return { module: StandIn, providers: [{ provide: facade, useValue: fake }], exports: [facade] };
}
