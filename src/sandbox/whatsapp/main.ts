import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startSandboxWhatsapp, type SandboxAccount } from './index.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    now: { type: 'string', default: new Date().toISOString() },
    accounts: { type: 'string' },
  },
});
if (values.accounts === undefined) throw new Error('--accounts <path to a JSON file> is needed');

const sandbox = await startSandboxWhatsapp({
  port: Number(values.port),
  seed: Number(values.seed),
  now: new Date(values.now),
  accounts: JSON.parse(readFileSync(values.accounts, 'utf8')) as SandboxAccount[],
});

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  void sandbox.close().then(() => process.exit(0));
};
for (const event of ['disconnect', 'SIGTERM', 'SIGINT'] as const) process.on(event, stop);
process.channel?.unref();
process.send?.({ ready: sandbox.url });
process.stderr.write(`sandbox WhatsApp listens on ${sandbox.url}\n`);
