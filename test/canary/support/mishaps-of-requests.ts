import { randomUUID } from 'node:crypto';
import type { Mishap, Parts } from './mishap.js';

interface Request {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What strangers and clumsy clients send over HTTP; each gives the status that answered. */
export function mishapsOfRequests({ installation, canaries, threads }: Parts): Mishap[] {
  const { sandbox, product } = installation;
  const thread = threads[0]!;
  const say = (kind: string) => canaries.sentence(kind);
  const token = () => canaries.token('word in a URL or header');
  const send = async (path: string, { method, body, headers }: Request = {}): Promise<number> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(new URL(path, product.url), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${sandbox.apiKey}`,
        'x-organization': thread.hospital.slug,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: text }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const hook = async (body: unknown, signature: string): Promise<number> => {
    const { phoneNumberId } = thread.hospital;
    const { status } = await installation.story.whatsapp<{ status: number }>('send-raw-webhook', {
      phone_number_id: phoneNumberId,
      body,
      signature,
    });
    return status;
  };
  const change = (value: object, phoneNumberId = thread.hospital.phoneNumberId): object => ({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '200300400',
        changes: [
          {
            field: 'messages',
            value: { messaging_product: 'whatsapp', metadata: { phone_number_id: phoneNumberId }, ...value },
          },
        ],
      },
    ],
  });
  const inbound = (more: object): object => ({
    contacts: [{ profile: { name: say('profile name') }, wa_id: thread.number }],
    messages: [{ from: thread.number, id: `wamid.${token()}`, timestamp: '1801540800', ...more }],
  });
  const spoken = () => inbound({ type: 'text', text: { body: say('words of a patient') } });
  const consent = (more: object): object => ({
    patient: `Patient/${token()}`,
    ehr_connection: 'main',
    purposes: ['appointment-reminders'],
    method: 'paper',
    wording_version: '1',
    recorded_at: '2027-01-15T09:00:00Z',
    evidence: { note: say('evidence of a consent') },
    ...more,
  });
  const words = () => say('word in a body');
  const conversation = `/v1/conversations/${thread.id}`;
  const one = (name: string, run: () => Promise<number>): Mishap => ({ name, run });
  return [
    one('a webhook with a bad signature', () => hook(change(spoken()), 'bad')),
    one('a webhook without a signature', () => hook(change(spoken()), 'missing')),
    one('a webhook whose signature is a sentence', () => hook(change(spoken()), token())),
    one('a webhook that is no JSON', () => hook(`{"text": "${token()}`, 'good')),
    one('a webhook too deep', () => hook('['.repeat(90) + `"${token()}"` + ']'.repeat(90), 'good')),
    one('a handshake with a wrong token', () =>
      send(`/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=${token()}&hub.challenge=${token()}`),
    ),
    one('a body that is no JSON', () => send('/v1/consents', { body: `{"note": "${words()}` })),
    one('a body of another type', () =>
      send('/v1/consents', { body: words(), headers: { 'content-type': 'text/plain' } }),
    ),
    one('a body too large', () => send('/v1/consents', { body: { note: words().repeat(20_000) } })),
    one('a body too deep', () =>
      send('/v1/consents', { body: `${'{"a":'.repeat(90)}"${words()}"${'}'.repeat(90)}` }),
    ),
    one('a key that is never allowed', () =>
      send('/v1/consents', { body: `{"__proto__":{"a":"${token()}"}}` }),
    ),
    one('a consent wrong in every field', () =>
      send('/v1/consents', {
        body: {
          patient: words(),
          ehr_connection: [words()],
          purposes: words(),
          method: words(),
          wording_version: { a: words() },
          evidence: { note: [words()], document_reference: { a: words() }, [words()]: words() },
          recorded_at: words(),
          other_channel: [words()],
          [words()]: words(),
        },
      }),
    ),
    one('a consent of nobody', () => send('/v1/consents', { body: consent({}) })),
    one('a consent for an unknown purpose', () =>
      send('/v1/consents', { body: consent({ purposes: [words()] }) }),
    ),
    one('a consent with an unknown EHR', () =>
      send('/v1/consents', { body: consent({ ehr_connection: words() }) }),
    ),
    one('a reply with a field too many', () =>
      send(`${conversation}/messages`, { body: { text: words(), [words()]: words() } }),
    ),
    one('a reply that is too long', () =>
      send(`${conversation}/messages`, { body: { text: `${words()} ${'x'.repeat(5_000)}` } }),
    ),
    one('a note that is a list', () => send(`${conversation}/notes`, { body: { text: [words()] } })),
    one('an assignment to a sentence', () =>
      send(`${conversation}/assign`, { body: { patient: words(), assignee: words() } }),
    ),
    one('an unknown patient', () => send(`/v1/patients/${token()}`)),
    one('an unknown conversation', () => send(`/v1/conversations/${encodeURIComponent(words())}/messages`)),
    one('a filter that is a sentence', () =>
      send(`/v1/conversations?patient=${encodeURIComponent(words())}`),
    ),
    one('a filter that nobody knows', () => send(`/v1/appointments?${token()}=${token()}`)),
    one('a cursor that is a sentence', () => send(`/v1/appointments?cursor=${token()}`)),
    one('a route that is not there', () => send(`/v1/${token()}/${token()}`)),
    one('a route with bad escapes', () => send(`/v1/patients/${token()}%E0%A4%A`)),
    one('a method that is not there', () => send(`/v1/patients/${token()}`, { method: 'DELETE' })),
    one('a key that nobody gave out', () =>
      send('/v1/patients', { headers: { authorization: `Bearer ${token()}` } }),
    ),
    one('an unknown hospital', () => send('/v1/patients', { headers: { 'x-organization': token() } })),
    one('an API key for unknown scopes', () =>
      send('/v1/api-keys', { body: { name: { a: words() }, scopes: [words()], expires_in_days: words() } }),
    ),
    one('a work item that is a sentence', () =>
      send(`/v1/work-items/${token()}/resolve`, { body: { resolution: words(), note: words() } }),
    ),
    one('a WhatsApp account that is there already', () =>
      send('/v1/whatsapp-accounts', {
        body: {
          name: token(),
          graph_base_url: 'https://graph.example.org/v25.0',
          business_account_id: '200300400',
          phone_number_id: thread.hospital.phoneNumberId,
          access_token: say('access token'),
          app_secret: say('app secret'),
          verify_token: token(),
        },
      }),
    ),
    one('an EHR connection wrong in every field', () =>
      send('/v1/ehr-connections', {
        body: {
          name: words(),
          base_url: words(),
          auth: { type: 'bearer', token: say('access token') },
          [words()]: 1,
        },
      }),
    ),
    one('a version that is a sentence', () =>
      send(`/v1/ehr-connections/${token()}`, {
        method: 'PATCH',
        body: { name: words() },
        headers: { 'if-match': token() },
      }),
    ),
    one('one Idempotency-Key for two bodies', async () => {
      const headers = { 'idempotency-key': token() };
      await send(`${conversation}/notes`, { body: { text: words() }, headers });
      return send(`${conversation}/notes`, { body: { text: words() }, headers });
    }),
    // Well-formed, and accepted: what is wrong shows later, in the background.
    one('a webhook for a number that nobody has', () => hook(change(spoken(), '999999999999'), 'good')),
    one('a message of a type that nobody knows', () =>
      hook(change(inbound({ type: token(), [token()]: { body: words() } })), 'good'),
    ),
    one('a message with hostile characters', () =>
      hook(change(inbound({ type: 'text', text: { body: `\u0000\ud800\u202e${words()}` } })), 'good'),
    ),
    one('a message whose text is an object', () =>
      hook(change(inbound({ type: 'text', text: { body: { a: words() } } })), 'good'),
    ),
    one('a status with an error of its own', () =>
      hook(
        change({
          statuses: [
            {
              id: `wamid.${token()}`,
              status: 'failed',
              timestamp: '1801540800',
              recipient_id: thread.number,
              biz_opaque_callback_data: token(),
              errors: [{ code: 131026, title: words(), message: words(), error_data: { details: words() } }],
            },
          ],
          errors: [{ code: 130429, title: words(), details: words() }],
        }),
        'good',
      ),
    ),
    one('a webhook of a field that nobody knows', () =>
      hook(
        {
          object: 'whatsapp_business_account',
          entry: [{ id: '200300400', changes: [{ field: 'unheard_of', value: { note: words() } }] }],
        },
        'good',
      ),
    ),
  ];
}
