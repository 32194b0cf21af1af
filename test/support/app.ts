import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { OrganizationsFacade } from '../../src/foundation/organizations/index.js';
import type { Role, Settings } from '../../src/platform/config/settings.js';
import { createApp } from '../../src/platform/http/create-app.js';
import { Log } from '../../src/platform/logging/log.js';
import { copyTemplate, type TestDatabase } from './database.js';
import { testSettings } from './settings.js';

export interface TestApp {
  app: NestFastifyApplication;
  url: string;
  database: TestDatabase;
  /** The bootstrap key: every scope, every organization. */
  apiKey: string;
  close(): Promise<void>;
}

/** The whole product on a database of its own, listening, with the given setup document applied. */
export async function startApp(
  setup: unknown = { organizations: [] },
  role: Role = 'all',
  more: Partial<Settings> = {},
): Promise<TestApp> {
  const database = await copyTemplate();
  const apiKey = randomBytes(32).toString('hex');
  const settings = testSettings(role, { bootstrapApiKey: apiKey, ...more });
  const app = await createApp(AppModule.with(settings, database.runtimeUrl), new Log('silent'), {
    docs: false,
  });
  await app.init();
  await app.get(OrganizationsFacade).applySetup(setup);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    database,
    apiKey,
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

/** Two hospitals without EHR or WhatsApp. */
export const TWO_HOSPITALS = {
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
      languages: ['en', 'es'],
    },
  ],
};
