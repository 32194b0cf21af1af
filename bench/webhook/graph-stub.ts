import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, taskOf } from '../support/program.js';

/** Takes every message after as long as Meta usually needs, and has no templates. */
const { latencyMs } = await taskOf<{ latencyMs: number }>();
let sent = 0;

const server = createServer((request, response) => {
  const reply = async (): Promise<void> => {
    const isSend = request.method === 'POST' && request.url!.endsWith('/messages');
    if (isSend) await sleep(latencyMs);
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify(
        isSend
          ? {
              messaging_product: 'whatsapp',
              contacts: [{ input: '12005550100', wa_id: '12005550100' }],
              messages: [{ id: `wamid.stub-${++sent}` }],
            }
          : { data: [] },
      ),
    );
  };
  request.resume();
  request.on('end', () => void reply());
});
server.listen(0, '127.0.0.1', () => answer({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
