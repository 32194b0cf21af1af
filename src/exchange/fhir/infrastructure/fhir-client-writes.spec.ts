import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Communication } from 'fhir/r4.js';
import { FakeServer, json } from './fhir-server.fake.js';

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the client of one EHR, for what it writes,', () => {
  const ehr = new FakeServer();

  beforeAll(() => ehr.start());
  beforeEach(() => ehr.reset());
  afterAll(() => ehr.close());

  describe('before it writes', () => {
    const payload = [{ contentString: 'Asha was here\u0000' }];

    it('refuses what is not sound, names the place and not the words, and sends nothing', async () => {
      const unsound: Communication = { resourceType: 'Communication', status: 'completed', payload };
      const error: unknown = await ehr
        .open()
        .create(unsound)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'fhir.unsound',
        retryable: false,
        effect: 'not-done',
        fields: [{ pointer: '/payload/0/contentString', code: 'fhir.bad-character' }],
      });
      expect(JSON.stringify(error)).not.toContain('Asha');
      await expect(ehr.open().update({ ...unsound, id: '5' }, 'W/"3"')).rejects.toMatchObject({
        code: 'fhir.unsound',
      });
      const step = { op: 'replace', path: '/start', value: '2026-11-26T09:00:00' } as const;
      await expect(ehr.open().patch({ type: 'Appointment', id: '5' }, [step], 'W/"3"')).rejects.toMatchObject(
        {
          code: 'fhir.unsound',
        },
      );
      const parameter = [{ name: 'start', valueDateTime: '2026-11-26T09:00:00' }];
      await expect(
        ehr.open().operation('Appointment', 'find', { resourceType: 'Parameters', parameter }),
      ).rejects.toMatchObject({ code: 'fhir.unsound' });
      expect(ehr.seen).toHaveLength(0);
    });

    it('leaves alone what the EHR wrote itself', async () => {
      const before: Communication = { resourceType: 'Communication', id: '5', status: 'completed', payload };
      ehr.answer = json(before);
      await ehr.open().update({ ...before, status: 'entered-in-error' }, 'W/"3"', before);
      expect(ehr.seen).toHaveLength(1);
    });
  });

  describe('when it writes', () => {
    const resource: Communication = { resourceType: 'Communication', status: 'completed' };

    it('sends the version that it stands on', async () => {
      ehr.answer = json({ ...resource, id: '5' });
      await ehr.open().update({ ...resource, id: '5' }, 'W/"3"');
      await ehr.open().create(resource, 'identifier=a%7Cb');
      expect(ehr.seen.map(({ headers }) => [headers['if-match'], headers['if-none-exist']])).toEqual([
        ['W/"3"', undefined],
        [undefined, 'identifier=a%7Cb'],
      ]);
    });

    it.each([
      ['the line breaks', (_req: IncomingMessage, res: ServerResponse) => void res.socket?.destroy()],
      ['a gateway gave up', json({}, 504)],
      ['the server stumbled', json({}, 500)],
      ['a login page answers', (_req: IncomingMessage, res: ServerResponse) => void res.end('<html>')],
    ])('does not repeat itself when %s: the outcome is unknown', async (_, send) => {
      ehr.answer = send;
      await expect(ehr.open().create(resource)).rejects.toMatchObject({ effect: 'unknown', retryable: true });
      expect(ehr.seen).toHaveLength(1);
    });

    it('repeats what surely was not done', async () => {
      ehr.answer = (req, res) =>
        (ehr.seen.length < 2 ? json({}, 503) : json({ ...resource, id: '5' }, 201))(req, res);
      await expect(ehr.open().create(resource)).resolves.toMatchObject({ status: 201 });
      expect(ehr.seen).toHaveLength(2);
    });
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const gone = ehr.open({ baseUrl: `http://127.0.0.1:${await closedPort()}/fhir` });
    await expect(gone.create({ resourceType: 'Communication', status: 'completed' })).rejects.toMatchObject({
      code: 'fhir.unavailable',
      effect: 'not-done',
    });
  });
});
