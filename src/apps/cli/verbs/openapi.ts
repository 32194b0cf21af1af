import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../../app.module.js';
import { readSettings } from '../../../platform/config/settings.js';
import { openApiOf } from '../../../platform/http/open-api.js';
import type { Outcome, Verb } from '../verb.js';

/** A preview makes no provider, so that nothing is connected to. */
const NO_DATABASE = 'postgres://preview.invalid/carethread';

export const openapi: Verb = {
  usage: 'openapi',
  says: 'print the OpenAPI document of the admin API; needs no database',
  run: print,
};

async function print(): Promise<Outcome> {
  // Of an empty environment, so that the document is the same everywhere.
  const module = AppModule.with(readSettings('web', {}), NO_DATABASE);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: false,
  });
  const document = openApiOf(app);
  return { document, lines: [JSON.stringify(document, null, 2)] };
}
