import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.js';
import type { Settings } from '../../platform/config/settings.js';
import { openDatabase } from '../../platform/database/database-access.js';
import { frameworkLogger } from '../../platform/logging/framework-logger.js';
import { Log } from '../../platform/logging/log.js';
import { reachServer, type Server } from './database/server.js';

type Product = INestApplicationContext;

/** The installation that the environment names. Whatever is opened is closed again, the database last. */
export interface Installation {
  /** Throws ConfigurationFault. */
  settings(): Settings;
  /** Brings the database to this version. Returns the names of the migrations that were missing. */
  migrate(): Promise<string[]>;
  /** The modules on the database of this version, without HTTP, loops and jobs. Its clock stays as it is. */
  product<T>(work: (product: Product) => Promise<T>): Promise<T>;
  /** The database server as it is: nothing is changed in it. */
  server<T>(work: (server: Server) => Promise<T>): Promise<T>;
  /** The modules on a database that is known to be of this version. */
  productOn<T>(server: Server, work: (product: Product) => Promise<T>): Promise<T>;
  /** For a process that is told to stop half-way. */
  leave(): Promise<void>;
}

export function installationOf(settings: () => Settings): Installation {
  const open = new Set<() => Promise<void>>();
  const using = async <D extends { close(): Promise<void> }, T>(
    opening: Promise<D>,
    work: (opened: D) => Promise<T>,
  ) => {
    const close = async (): Promise<void> => (await opening).close();
    // From the start: a signal may come while a server is still being started.
    open.add(close);
    try {
      const opened = await opening;
      return await work(opened).finally(() => opened.close());
    } finally {
      open.delete(close);
    }
  };
  return {
    settings,
    migrate: async () => using(openDatabase(settings()), async ({ applied }) => applied),
    product: async (work) =>
      using(openDatabase(settings(), { keepClock: true }), ({ url }) => inProduct(settings(), url, work)),
    server: async (work) => using(reachServer(settings()), work),
    productOn: async ({ url }, work) => inProduct(settings(), url, work),
    leave: async () => void (await Promise.all([...open].map((close) => close()))),
  };
}

async function inProduct<T>(
  settings: Settings,
  url: string,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const product = await NestFactory.createApplicationContext(AppModule.with(settings, url), {
    abortOnError: false,
    logger: frameworkLogger(new Log(settings.logLevel)),
  });
  try {
    return await work(product);
  } finally {
    await product.close();
  }
}
