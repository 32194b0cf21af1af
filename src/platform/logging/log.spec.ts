import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import type { LogFields } from './fields.js';
import { frameworkLogger } from './framework-logger.js';
import { Log } from './log.js';

/** A log whose lines can be read. */
function logged(level = 'debug'): { log: Log; lines: () => Record<string, unknown>[]; text: () => string } {
  const stream = new PassThrough();
  const log = new Log(level, stream);
  const text = (): string => (stream.read() as Buffer | null)?.toString() ?? '';
  const lines = (): Record<string, unknown>[] =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, text };
}

const UUID = '0190f3f0-8b5a-7c3e-9d42-1f2e3d4c5b6a';
/** What an honest caller hands over, in each field. */
const HONEST: Required<LogFields> = {
  organization_id: UUID,
  request_id: `req_${UUID}`,
  correlation_id: UUID,
  id: 'cnv_01h455vb4pex5vsknk084sn02q',
  code: 'whatsapp.131047',
  reason: 'unknown-number',
  task: 'messaging.confirmStop@1',
  loop: 'messaging.send',
  route: '/v1/conversations/:id/messages',
  method: 'POST',
  status: 503,
  count: 12,
  attempt: 3,
  duration_ms: 41.5,
  port: 3000,
  role: 'all',
  source: 'RoutesResolver',
};
const FIELDS = Object.keys(HONEST);

describe('the log', () => {
  it('writes every field of an honest caller as it is', () => {
    const { log, lines } = logged();
    log.warn('messaging.send-failed', HONEST);
    const [{ level: _level, time: _time, ...line }] = lines() as [Record<string, unknown>];
    expect(line).toEqual({ event: 'messaging.send-failed', ...HONEST });
  });

  it('takes the codes of Node, undici, PostgreSQL and Meta', () => {
    for (const code of ['ECONNREFUSED', 'UND_ERR_SOCKET', '57P01', '131047', 'database.23505']) {
      const { log, lines } = logged();
      log.warn('a.b', { code });
      expect(lines()[0]).toMatchObject({ code });
    }
  });

  it.each(['Anita Nair', 'വേദന', '🙂', '+15550100', '919876543210', '2079460123', 'a b', '', '1984-05-06T'])(
    'drops and counts a value that is neither an id nor a code, whatever the field (%#)',
    (value) => {
      const { log, lines } = logged();
      log.error('a.b', Object.fromEntries(FIELDS.map((field) => [field, value])) as LogFields);
      expect(lines()[0]).toEqual({
        level: 50,
        time: expect.any(String),
        event: 'a.b',
        dropped: FIELDS.length,
      });
    },
  );

  it('drops numbers that are too large to count anything', () => {
    const { log, lines } = logged();
    log.info('a.b', { count: 919_876_543_210, status: 15_550_100, duration_ms: Number.NaN, attempt: -1 });
    expect(lines()[0]).toMatchObject({ dropped: 4 });
  });

  it('drops a field that nobody allowed, and an event that is a sentence', () => {
    const { log, lines } = logged();
    log.info('Anita Nair came', { name: 'anita', constructor: 'x' } as LogFields);
    expect(lines()[0]).toEqual({
      level: 30,
      time: expect.any(String),
      event: 'log.unnamed-event',
      dropped: 2,
    });
  });

  it('writes no word of free text, in any field, event or error', () => {
    const word = fc.string({ minLength: 3, maxLength: 20 }).map((text) => `Ξ${text}Ξ`);
    fc.assert(
      fc.property(word, fc.constantFrom(...FIELDS, 'other'), (canary, field) => {
        const { log, text } = logged();
        log.warn(canary, { [field]: canary } as LogFields, new Error(canary, { cause: canary }));
        expect(text()).not.toContain('Ξ');
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps of the framework's sentences only where they came from", () => {
    const { log, text } = logged();
    const nest = frameworkLogger(log);
    nest.log('Anita Nair', 'RoutesResolver');
    nest.warn('Anita Nair', 'Anita Nair');
    nest.error(new Error('Anita Nair'), 'Anita Nair\n    at x (file:///src/a.ts:1:1)', 'ExceptionsHandler');
    const written = text();
    expect(written).not.toContain('Anita');
    for (const kept of ['RoutesResolver', 'ExceptionsHandler', '"class":"Error"'])
      expect(written).toContain(kept);
  });

  it('does not look at what its level leaves out', () => {
    const { log, text } = logged('warn');
    log.debug('a.b', { id: UUID });
    expect(text()).toBe('');
  });
});
