import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle, Parameters, Subscription } from 'fhir/r4.js';
import { openTestEhr, type TestEhr } from '../ehr-client.fake.js';
import type { ProfileName } from '../profiles/index.js';
import type { StoredResource } from '../resource.js';
import type { SentNotification } from './subscriptions.js';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const TOPIC = 'https://sandbox-ehr.example/SubscriptionTopic/appointment-changes';
const base = 'st-marys/fhir';

interface Heard {
  method: string;
  path: string;
  authorization: string | undefined;
  body: unknown;
}

/** Whoever subscribed. */
let endpoint: string;
let listener: Server;
let heard: Heard[];
let answers: number[];
let ehr: TestEhr;

beforeEach(async () => {
  heard = [];
  answers = [];
  listener = createServer((req, res) => {
    void text(req).then((sent) => {
      heard.push({
        method: req.method!,
        path: req.url!,
        authorization: req.headers.authorization,
        body: sent === '' ? null : (JSON.parse(sent) as unknown),
      });
      res.writeHead(answers.shift() ?? 202).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await ehr.close();
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
});

const open = async (profile: ProfileName): Promise<void> => {
  ehr = await openTestEhr({ profiles: { 'st-marys': profile } });
};

const restHook = (more: object = {}, payload?: string) => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'To know what changes',
  criteria: 'Appointment?',
  channel: {
    type: 'rest-hook',
    endpoint,
    header: ['Authorization: Bearer of-this-hook'],
    ...(payload && { payload }),
  },
  ...more,
});
const backport = (heartbeat = 60) => ({
  ...restHook({ criteria: TOPIC, meta: { profile: [`${BACKPORT}/backport-subscription`] } }),
  channel: {
    ...restHook({}, 'application/fhir+json').channel,
    extension: [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: heartbeat }],
  },
});

/** Until nothing waits for an answer any more. */
async function settled(): Promise<SentNotification[]> {
  for (;;) {
    const { waiting, data } = await ehr.control<{ waiting: number; data: SentNotification[] }>(
      'GET',
      'hospitals/st-marys/notifications',
    );
    if (waiting === 0) return data;
    await sleep(10);
  }
}

async function subscribe(wish: object): Promise<string> {
  const { status, body } = await ehr.post(`${base}/Subscription`, wish);
  expect([status, body.status]).toEqual([201, 'requested']);
  await settled();
  return body.id;
}
const now = async (id: string) => (await ehr.fhir(`${base}/Subscription/${id}`)).body as StoredResource;
const change = async (id = '20001', more: object = { comment: 'moved' }) => {
  await ehr.control('PATCH', `hospitals/st-marys/Appointment/${id}`, more);
  await settled();
};
const spoil = (name: string) =>
  ehr.control('POST', 'hospitals/st-marys/notification-faults', { name, count: 1 });

/** What a notification says: its kind, the events so far, and the number and focus of its event. */
function said({ body }: Heard): unknown[] {
  const parameters = (body as Bundle).entry?.[0]?.resource as Parameters;
  const value = (name: string) => parameters.parameter?.find((one) => one.name === name);
  const event = value('notification-event')?.part?.map(
    ({ valueString, valueReference }) => valueString ?? valueReference?.reference,
  );
  return [
    value('type')?.valueCode,
    value('events-since-subscription-start')?.valueString,
    ...(event ? [event[0], event[2]] : []),
  ];
}

describe('a Subscription of the R5 backport', () => {
  beforeEach(() => open('open'));

  it('is greeted with a handshake, and is active once that was taken', async () => {
    const id = await subscribe(backport());

    expect(heard).toMatchObject([
      { method: 'POST', path: '/hook', authorization: 'Bearer of-this-hook', body: { type: 'history' } },
    ]);
    expect(said(heard[0]!)).toEqual(['handshake', '0']);
    expect((await now(id)).status).toBe('active');
  });

  it('is an error when nobody takes the handshake, and is greeted anew when it is asked for again', async () => {
    answers = [401];
    const id = await subscribe(backport());
    expect(await now(id)).toMatchObject({ status: 'error', error: expect.any(String) as string });
    await change();
    expect(heard).toHaveLength(1);

    await ehr.put(`${base}/Subscription/${id}`, { ...backport(), id });
    await settled();
    expect((await now(id)).status).toBe('active');
  });

  it('tells of each change by number and id alone, of what is deleted too', async () => {
    await subscribe(backport());
    await change('20001', { comment: 'words of a patient' });
    await ehr.control('DELETE', 'hospitals/st-marys/Appointment/20002');
    await ehr.control('PATCH', 'hospitals/st-marys/Patient/1001', { active: false });
    await settled();

    expect(heard.slice(1).map(said)).toEqual([
      ['event-notification', '1', '1', `${ehr.url}/${base}/Appointment/20001`],
      ['event-notification', '2', '2', `${ehr.url}/${base}/Appointment/20002`],
    ]);
    expect(JSON.stringify(heard)).not.toContain('words of a patient');
  });

  it('breaks a silence that has lasted as long as was asked for, by the clock of the sandbox', async () => {
    await subscribe(backport(300));
    await ehr.control('POST', 'clock', { advance: 'PT4M' });
    await settled();
    expect(heard).toHaveLength(1);

    await change();
    await ehr.control('POST', 'clock', { advance: 'PT4M' });
    await settled();
    expect(heard).toHaveLength(2);

    await ehr.control('POST', 'clock', { advance: 'PT1H' });
    await settled();
    expect(heard.slice(2).map(said)).toEqual([['heartbeat', '1']]);
  });

  it('loses a notification and counts its event, or sends one twice, if it is told to', async () => {
    await subscribe(backport());
    await spoil('lost');
    await change('20001');
    await change('20002');
    await spoil('repeated');
    await change('20003');

    const numbers = heard.slice(1).map((one) => said(one)[1]);
    expect(numbers).toEqual(['2', '3', '3']);
    expect((await settled()).map(({ eventsSoFar, fault }) => [eventsSoFar, fault])).toEqual([
      [0, undefined],
      [1, 'lost'],
      [2, undefined],
      [3, 'repeated'],
    ]);
  });

  it('gives up on who takes no notification', async () => {
    const id = await subscribe(backport());
    answers = [503, 503, 503];
    await change();
    expect((await now(id)).status).toBe('error');
    expect(heard).toHaveLength(4);
    await change('20002');
    expect(heard).toHaveLength(4);

    const other = await subscribe(backport());
    await spoil('refused');
    await change();
    expect((await now(other)).status).toBe('error');
    expect(heard).toHaveLength(5);
  });

  it('is over when it is switched off or deleted', async () => {
    const [one, other] = [await subscribe(backport()), await subscribe(backport())];
    await ehr.put(`${base}/Subscription/${one}`, { ...(await now(one)), status: 'off' });
    await ehr.fhir(`${base}/Subscription/${other}`, { method: 'DELETE' });
    await change();

    expect((await now(one)).status).toBe('off');
    expect(heard).toHaveLength(2);
  });

  it.each([
    ['status', { status: 'active' }],
    ['channel', { channel: { type: 'email', endpoint: 'mailto:a@b.example' } }],
    ['endpoint', { channel: { type: 'rest-hook', endpoint: 'ftp://a.example' } }],
    ['topic', { criteria: 'https://elsewhere.example/topic' }],
    ['reason', { reason: undefined }],
    ['element', { colour: 'blue' }],
  ])('with another %s is refused', async (_what, more) => {
    const { status } = await ehr.post(`${base}/Subscription`, { ...backport(), ...more });
    expect(status).toBe(422);
  });
});

describe('a rest-hook Subscription of R4', () => {
  it.each(['open', 'hapi-like'] as const)(
    'at %s calls with nothing when something changed',
    async (profile) => {
      await open(profile);
      const id = await subscribe(restHook());
      expect([(await now(id)).status, heard]).toEqual(['active', []]);

      await change();
      expect(heard).toEqual([
        { method: 'POST', path: '/hook', authorization: 'Bearer of-this-hook', body: null },
      ]);
      await ehr.control('DELETE', 'hospitals/st-marys/Appointment/20001');
      await settled();
      expect(heard).toHaveLength(1);
    },
  );

  it('with a payload sends the row, and only one that its criteria find', async () => {
    await open('open');
    await subscribe(restHook({ criteria: 'Appointment?status=cancelled' }, 'application/fhir+json'));
    await change('20001', { status: 'booked' });
    await change('20001', { status: 'cancelled' });

    expect(heard).toMatchObject([
      { method: 'PUT', path: '/hook/Appointment/20001', body: { id: '20001', status: 'cancelled' } },
    ]);
  });

  it('whose criteria the server cannot search by is an error', async () => {
    await open('open');
    const { body } = await ehr.post(
      `${base}/Subscription`,
      restHook({ criteria: 'Appointment?colour=blue' }),
    );
    expect((await now(body.id)).status).toBe('error');
  });
});

describe('what a vendor does with a Subscription', () => {
  it('athenahealth takes the backport', async () => {
    await open('athena-like');
    const id = await subscribe(backport());
    await change();
    expect([(await now(id)).status, heard.length]).toEqual(['active', 2]);
  });

  it('AWS HealthLake keeps it as it keeps any resource, and pushes nothing', async () => {
    await open('healthlake-like');
    const id = await subscribe(backport());
    await change();
    expect([((await now(id)) as unknown as Subscription).status, heard]).toEqual(['requested', []]);
  });
});
