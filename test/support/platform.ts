import 'reflect-metadata';
import { type INestApplicationContext, type DynamicModule, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Role, Settings } from '../../src/platform/config/settings.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { copyTemplate, type TestDatabase } from './database.js';
import { testSettings } from './settings.js';

const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestPlatform {
  app: INestApplicationContext;
  database: TestDatabase;
  close(): Promise<void>;
}

/** The platform, and the modules under test, on a database of their own. Ticks run only in role `all` or `worker`. */
export async function startPlatform(
  modules: (Type | DynamicModule)[] = [],
  role: Role = 'all',
  more: Partial<Settings> = {},
): Promise<TestPlatform> {
  const database = await copyTemplate();
  const imports = [PlatformModule.with(testSettings(role, more), database.runtimeUrl), ...modules];
  const app = await Test.createTestingModule({ imports }).setLogger(QUIET).compile();
  await app.init();
  return {
    app,
    database,
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}
