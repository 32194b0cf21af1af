import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Dispatcher, request } from 'undici';
import { isAllowedAddress } from './address.policy.js';
import { createOutbound, type OutboundOptions } from './outbound.js';

const PLAIN: OutboundOptions = { allowPrivateNetwork: false, maxResponseBytes: 1_000, connections: 2 };

describe('which addresses an outgoing call may reach', () => {
  const inside = ['127.0.0.1', '10.1.2.3', '192.168.1.1', '172.16.0.1', '100.64.0.1', '::1', 'fd00::1'];
  const never = [
    '169.254.169.254',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    'fe80::1',
    'ff02::1',
    '::',
    '::169.254.169.254',
    '64:ff9b::a00:1',
    '2002:a00:1::1',
  ];

  it.each(['8.8.8.8', '2606:4700::1111'])('lets %s through', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
  });

  it.each([...inside, ...inside.slice(0, 5).map((v4) => `::ffff:${v4}`)])(
    'keeps %s for the own network',
    (address) => {
      expect(isAllowedAddress(address, false)).toBe(false);
      expect(isAllowedAddress(address, true)).toBe(true);
    },
  );

  it.each([...never, '::ffff:169.254.169.254'])('never allows %s', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(false);
  });

  it('refuses what is no address', () => {
    fc.assert(fc.property(fc.string(), (text) => !isAllowedAddress(`${text} x`, true)));
  });
});

describe('an outgoing call', () => {
  let server: Server;
  let port: number;
  let outbound: Dispatcher;

  beforeAll(async () => {
    server = createServer((req, res) => {
      if (req.url === '/large') return res.end('x'.repeat(5_000));
      if (req.url?.startsWith('/packed')) {
        const body = gzipSync('x'.repeat(req.url === '/packed-large' ? 5_000_000 : 10));
        return res
          .writeHead(req.url === '/packed-large' ? 500 : 200, { 'content-encoding': 'gzip' })
          .end(body);
      }
      if (req.url === '/redirect') return res.writeHead(302, { Location: '/' }).end();
      return res.end('here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => outbound.close());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const call = (host: string, path = '/') =>
    request(`http://${host}:${port}${path}`, { dispatcher: outbound }).then(async ({ statusCode, body }) => ({
      statusCode,
      text: await body.text(),
    }));

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'to %s is refused before it connects',
    async (host) => {
      outbound = createOutbound(PLAIN);
      await expect(call(host)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    },
  );

  it.each(['127.0.0.1', 'localhost'])('to %s goes through where the own network is allowed', async (host) => {
    outbound = createOutbound({ ...PLAIN, allowPrivateNetwork: true });
    await expect(call(host)).resolves.toEqual({ statusCode: 200, text: 'here' });
  });

  it('ends when the answer is too large', async () => {
    outbound = createOutbound({ ...PLAIN, allowPrivateNetwork: true });
    await expect(call('127.0.0.1', '/large')).rejects.toMatchObject({
      code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    });
  });

  it('ends when a small answer unpacks to a large one', async () => {
    outbound = createOutbound({ ...PLAIN, allowPrivateNetwork: true, maxResponseBytes: 20_000 });
    await expect(call('127.0.0.1', '/packed')).resolves.toMatchObject({ text: 'x'.repeat(10) });
    await expect(call('127.0.0.1', '/packed-large')).rejects.toMatchObject({
      code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    });
  });

  it('does not follow a redirect', async () => {
    outbound = createOutbound({ ...PLAIN, allowPrivateNetwork: true });
    await expect(call('127.0.0.1', '/redirect')).resolves.toMatchObject({ statusCode: 302 });
  });

  it('can be made by fetch too, with the same limits', async () => {
    outbound = createOutbound({ ...PLAIN, allowPrivateNetwork: true });
    const options = { dispatcher: outbound } as unknown as RequestInit;
    await expect((await fetch(`http://127.0.0.1:${port}/`, options)).text()).resolves.toBe('here');
    await expect(
      fetch(`http://127.0.0.1:${port}/large`, options).then((answer) => answer.text()),
    ).rejects.toThrow();
  });
});
