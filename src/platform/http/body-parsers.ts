import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Fault } from '../errors/fault.js';
import { parseJson } from './json-body.js';

/** Meta posts up to 3 MB; anything above 4 MB is not Meta. */
export const WEBHOOK_BODY_LIMIT = 4 * 1024 * 1024;
/** The admin API's largest honest body is a few kilobytes. */
const API_BODY_LIMIT = 256 * 1024;

const WEBHOOKS = '/webhooks/';

/**
 * Webhook bodies stay bytes, because their signature covers the bytes and is checked before anything is parsed.
 * Everything else is JSON.
 */
export function installBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: WEBHOOK_BODY_LIMIT },
    (request, body, done) => {
      try {
        done(null, readBody(request, body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

export function isWebhook(url: string): boolean {
  return url.startsWith(WEBHOOKS);
}

function readBody(request: FastifyRequest, body: Buffer): unknown {
  if (isWebhook(request.url)) return body;
  if (body.length === 0) return undefined;
  if (body.length > API_BODY_LIMIT) {
    throw new Fault({ code: 'body.too-large', kind: 'too-large', words: 'The body is larger than 256 KB.' });
  }
  if (!/^application\/(.+\+)?json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Fault({
      code: 'body.not-json',
      kind: 'unsupported',
      words: 'Send the body as application/json.',
    });
  }
  return parseJson(body);
}
