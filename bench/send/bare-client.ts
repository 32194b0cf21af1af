// A process of its own: the reference. The same requests by the bare HTTP client: no database, no gate.
import { Agent, request } from 'undici';
import { answer, taskOf } from '../support/program.js';

const { url, count, connections } = await taskOf<{ url: string; count: number; connections: number }>();
const dispatcher = new Agent({ connections: connections });

function payloadOf(n: number): string {
  return JSON.stringify({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: String(12_015_550_100 + n),
    biz_opaque_callback_data: crypto.randomUUID(),
    type: 'template',
    template: {
      name: 'appointment_reminder',
      language: { code: 'en' },
      components: [
        {
          type: 'body',
          parameters: ['Asha', "St Mary's", 'Tuesday, 24 November', '10:30 IST', 'Block B'].map((text) => ({
            type: 'text',
            text,
          })),
        },
        ...['0', '1'].map((index) => ({
          type: 'button',
          sub_type: 'quick_reply',
          index,
          parameters: [{ type: 'payload', payload: `token-${n}-${index}-0123456789abcdef` }],
        })),
      ],
    },
  });
}

let next = 0;
async function lane(): Promise<void> {
  while (next < count) {
    const n = next++;
    const { statusCode, body } = await request(`${url}/v25.0/${100 + (n % 20)}/messages`, {
      dispatcher,
      method: 'POST',
      headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
      body: payloadOf(n),
    });
    JSON.parse(await body.text());
    if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: connections }, lane));
const seconds = (performance.now() - began) / 1_000;
await dispatcher.close();
answer({ seconds });
