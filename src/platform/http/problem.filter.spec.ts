import { PassThrough } from 'node:stream';
import { type ArgumentsHost, BadRequestException, HttpException } from '@nestjs/common';
import fc from 'fast-check';
import { QueryFailedError } from 'typeorm';
import { Fault } from '../errors/fault.js';
import { Log } from '../logging/log.js';
import { ProblemFilter } from './problem.filter.js';

const MARK = 'Ξ';
const canary = fc.string({ unit: 'grapheme' }).map((text) => `${MARK}${text}${MARK}`);

/** Whatever a handler may throw: the framework's, the database's, a library's, our own around one of them. */
const thrown = fc
  .record({ text: canary, more: canary, status: fc.integer({ min: 400, max: 599 }) })
  .chain((given) =>
    fc.constantFrom<unknown>(
      given.text,
      { message: given.text, statusCode: given.status },
      null,
      undefined,
      new Error(given.text, { cause: given.more }),
      new HttpException({ message: given.text, detail: given.more }, given.status),
      new BadRequestException([given.text]),
      Object.assign(new Error(given.text), { statusCode: given.status, code: given.more, name: given.more }),
      new QueryFailedError(given.text, [given.more], databaseError(given)),
      databaseError(given),
      new AggregateError([new Error(given.text), databaseError(given)], given.more),
      new Fault(
        { code: 'fhir.refused', kind: 'remote', words: 'The EHR refused.' },
        { cause: new Error(given.text, { cause: databaseError(given) }) },
      ),
    ),
  );

function databaseError({ text, more }: { text: string; more: string }): Error {
  return Object.assign(new Error(text), {
    name: 'error',
    code: '23505',
    detail: `Key (phone)=(${more}) already exists.`,
    parameters: [more],
    where: text,
    schema: 'patients',
    table: 'address',
    constraint: 'address_pkey',
  });
}

/** What goes out over HTTP, headers too, and what is logged. */
function answerTo(error: unknown): { sent: string; logged: string; status: number } {
  const stream = new PassThrough();
  const said: unknown[] = [];
  let status = 0;
  const say = (...words: unknown[]) => {
    said.push(words);
    return reply;
  };
  const reply = {
    header: say,
    type: say,
    send: say,
    status: (code: number) => {
      status = code;
      return reply;
    },
  };
  const request = {
    id: 'req_0190f3f0-8b5a-7c3e-9d42-1f2e3d4c5b6a',
    routeOptions: { url: '/v1/patients/:id' },
  };
  const http = { getRequest: () => request, getResponse: () => reply };
  new ProblemFilter(new Log('debug', stream)).catch(error, {
    switchToHttp: () => http,
  } as unknown as ArgumentsHost);
  const logged = (stream.read() as Buffer | null)?.toString() ?? '';
  return { sent: JSON.stringify(said), logged, status };
}

describe('an answer to what failed', () => {
  it('never has a word of it, in the body, the headers or the log', () => {
    fc.assert(
      fc.property(thrown, (error) => {
        const { sent, logged, status } = answerTo(error);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(sent).toContain('request_id');
        expect(sent).not.toContain(MARK);
        expect(logged).not.toContain(MARK);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells table and constraint of nothing, and the constraint to the log alone', () => {
    const error = new QueryFailedError(
      'insert',
      ['x'],
      Object.assign(databaseError({ text: 'x', more: 'y' }), { code: '23514' }),
    );
    const { sent, logged, status } = answerTo(error);
    expect(status).toBe(500);
    expect(sent).not.toContain('address');
    expect(JSON.parse(logged)).toMatchObject({
      event: 'http.failed',
      code: 'database.23514',
      error: { class: 'QueryFailedError', constraint: 'address_pkey' },
    });
  });
});
