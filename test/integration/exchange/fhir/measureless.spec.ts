import { execFile } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

/** A page of the largest size that is read, twice as text and once as objects, and room for a garbage collector. */
const BOUND_BYTES = 90_000_000;
const READER = 'test/integration/exchange/fhir/measureless-reader.ts';

describe('case 39: an answer without measure', () => {
  let server: Server;
  let send: (res: ServerResponse) => void;
  let asked: number;

  beforeAll(async () => {
    server = createServer((_req, res) => {
      asked++;
      send(res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => void (asked = 0));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** What a reader of its own process made of it. */
  async function read(): Promise<{ code: string; grownBytes: number }> {
    const { port } = server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', './config/tooling/run-typescript.mjs', READER, `http://127.0.0.1:${port}/fhir`],
      { timeout: 60_000 },
    );
    return JSON.parse(stdout) as { code: string; grownBytes: number };
  }

  /** Blanks, as fast as they are taken. */
  const blanks = (bytes: number) => (res: ServerResponse) => {
    res.writeHead(200, { 'content-type': 'application/fhir+json' });
    const chunk = Buffer.alloc(1_000_000, ' ');
    let left = bytes;
    const more = (): void => {
      if (res.destroyed) return;
      if (left <= 0) return void res.end('{}');
      left -= chunk.length;
      if (res.write(chunk)) setImmediate(more);
      else res.once('drain', more);
    };
    more();
  };
  const packed = gzipSync(Buffer.alloc(300_000_000, ' '));

  it.each([
    ['without end', blanks(Infinity)],
    ['of 200 MB', blanks(200_000_000)],
    [
      'of 300 KB that unpacks to 300 MB',
      (res: ServerResponse) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    ],
    [
      'of an error that unpacks to 300 MB',
      (res: ServerResponse) => res.writeHead(422, { 'content-encoding': 'gzip' }).end(packed),
    ],
  ])('%s is cut off at the cap, asked for once, with memory bounded', async (_, endless) => {
    send = endless;
    const { code, grownBytes } = await read();
    expect([code, asked]).toEqual(['fhir.too-large', 1]);
    expect(grownBytes).toBeLessThan(BOUND_BYTES);
  });

  it('below the cap is read', async () => {
    const body = `${' '.repeat(9_000_000)}{"resourceType":"Bundle","type":"searchset"}`;
    send = (res) => res.writeHead(200).end(body);
    expect(await read()).toMatchObject({ code: 'answered' });
  });
});
