import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { FhirFacade, FhirModule } from '../../../src/exchange/fhir/index.js';
import { MessagingFacade, MessagingModule } from '../../../src/exchange/messaging/index.js';
import { PatientsFacade, PatientsModule } from '../../../src/exchange/patients/index.js';
import { SchedulingFacade, SchedulingModule } from '../../../src/care/scheduling/index.js';
import { OrganizationsFacade, OrganizationsModule } from '../../../src/foundation/organizations/index.js';
import { Clock } from '../../../src/platform/clock/clock.js';
import { systemContext, type Context } from '../../../src/platform/context/context.js';
import { Transactions } from '../../../src/platform/database/transactions.js';
import { installBodyParsers } from '../../../src/platform/http/body-parsers.js';
import { ProblemFilter } from '../../../src/platform/http/problem.filter.js';
import type { AdmittedRequest } from '../../../src/platform/http/request-context.js';
import { validationPipe } from '../../../src/platform/http/validation.js';
import { Events } from '../../../src/platform/jobs/events.js';
import { Settle } from '../../../src/platform/jobs/settle.js';
import { Log } from '../../../src/platform/logging/log.js';
import { PlatformModule } from '../../../src/platform/platform.module.js';
import { copyTemplate, type TestDatabase } from '../database.js';
import { testSettings } from '../settings.js';
import { FakeDoorModule } from './door.fake.js';
import { FakeFhir } from './fhir.fake.js';
import { FakeMessaging } from './messaging.fake.js';
import { FakePatients } from './patients.fake.js';
import { FakeScheduling } from './scheduling.fake.js';

const HOSPITALS = {
  organizations: [
    {
      slug: 'st-marys',
      name: "St Mary's Hospital",
      timeZone: 'Asia/Kolkata',
      country: 'IN',
      languages: ['en', 'ml'],
    },
    {
      slug: 'harbour',
      name: 'Harbour General',
      timeZone: 'America/New_York',
      country: 'US',
      languages: ['en'],
    },
  ],
};

const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** Two hospitals on a real database, with the outside worlds as fakes. */
export class CareWorld {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly fakes: Fakes,
    /** St Mary's and Harbour General. */
    readonly hospitals: readonly [Context, Context],
  ) {}

  static async start(modules: Type[], uses: readonly FakeName[]): Promise<CareWorld> {
    const database = await copyTemplate();
    const fakes = makeFakes();
    const testing = await testingModule(modules, { database, fakes, uses });
    const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      bodyParser: false,
    });
    installBodyParsers(app.getHttpAdapter().getInstance());
    app.useGlobalPipes(validationPipe());
    app.useGlobalFilters(new ProblemFilter(new Log('silent')));
    const caller: { ctx?: Context } = {};
    app.useGlobalGuards({
      canActivate: (execution) => {
        execution.switchToHttp().getRequest<AdmittedRequest>().context = caller.ctx;
        return true;
      },
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const organizations = app.get(OrganizationsFacade);
    await organizations.applySetup(HOSPITALS);
    const ids = new Map((await organizations.all()).map(({ slug, id }) => [slug, id]));
    const hospitals = [contextOf(ids.get('st-marys')!), contextOf(ids.get('harbour')!)] as const;
    caller.ctx = hospitals[0];
    return new CareWorld(app, database, fakes, hospitals);
  }

  /** St Mary's. */
  get ctx(): Context {
    return this.hospitals[0];
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  /** As the module that owns the event does: then works everything that follows from it. */
  async publish(event: string, ids: string[], ctx: Context = this.ctx): Promise<void> {
    await this.get(Transactions).run(ctx, (tx) => this.get(Events).publish(tx, event, ids));
    await this.settle();
  }

  settle(): Promise<number> {
    return this.get(Settle).untilIdle();
  }

  now(): Promise<Date> {
    return this.get(Clock).now();
  }

  /** Moves the product's clock, `25 hours`; what is due then is worked. */
  async wait(interval: string): Promise<void> {
    await this.moveClock(interval);
    await this.settle();
  }

  async moveClock(interval: string): Promise<void> {
    await this.get(DataSource).query('update platform.clock set ahead = ahead + $1::interval', [interval]);
  }

  /** Reads as the superuser, past row security. */
  async rows<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const source = await new DataSource({ type: 'postgres', url: this.superuserUrl() }).initialize();
    try {
      return await source.query<Row[]>(sql, parameters);
    } finally {
      await source.destroy();
    }
  }

  /** What the audit log says of one type of event, oldest first. */
  async audited(type: string): Promise<Record<string, unknown>[]> {
    const rows = await this.rows<{ body: Buffer }>('select body from audit.event order by recorded_at, id');
    return rows.map(({ body }) => JSON.parse(body.toString('utf8'))).filter((event) => event.type === type);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  private superuserUrl(): string {
    return this.database.adminUrl;
  }
}

interface Fakes {
  fhir: FakeFhir;
  messaging: FakeMessaging;
  patients: FakePatients;
  scheduling: FakeScheduling;
}

type FakeName = keyof Fakes;

function makeFakes(): Fakes {
  const fhir = new FakeFhir();
  return {
    fhir,
    messaging: new FakeMessaging(),
    patients: new FakePatients(fhir.connectionId),
    scheduling: new FakeScheduling(),
  };
}

function testingModule(
  modules: Type[],
  { database, fakes, uses }: { database: TestDatabase; fakes: Fakes; uses: readonly FakeName[] },
): Promise<TestingModule> {
  const imports = [
    PlatformModule.with(testSettings('all'), database.runtimeUrl),
    OrganizationsModule,
    ...modules,
  ];
  const doors = {
    fhir: [FhirModule, FakeDoorModule.of(FhirFacade, fakes.fhir)],
    messaging: [MessagingModule, FakeDoorModule.of(MessagingFacade, fakes.messaging)],
    patients: [PatientsModule, FakeDoorModule.of(PatientsFacade, fakes.patients)],
    scheduling: [SchedulingModule, FakeDoorModule.of(SchedulingFacade, fakes.scheduling)],
  } as const;
  let builder = Test.createTestingModule({ imports }).setLogger(QUIET);
  for (const name of uses) {
    const [real, fake] = doors[name];
    builder = builder.overrideModule(real).useModule(fake);
  }
  return builder.compile();
}

function contextOf(organizationId: string): Context {
  return {
    ...systemContext(organizationId, 'test'),
    actor: { kind: 'service', id: 'key_desk', scopes: ['*'] },
  };
}
