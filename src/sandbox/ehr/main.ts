import { parseArgs } from 'node:util';
import { startSandboxEhr } from './index.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    now: { type: 'string' },
  },
});
const now = values.now === undefined ? new Date() : new Date(values.now);
const [port, seed] = [Number(values.port), Number(values.seed)];

if (!Number.isInteger(port) || !Number.isInteger(seed) || Number.isNaN(now.getTime())) {
  console.error('sandbox EHR: --port and --seed take whole numbers, --now an ISO instant');
  process.exit(2);
}

const ehr = await startSandboxEhr({ port, seed, now });
const stop = (): void => void ehr.close().then(() => process.exit(0));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
process.on('disconnect', stop);
// Listening for `disconnect` holds the channel open; it must not be what keeps this process alive.
process.channel?.unref();
console.error(`sandbox EHR listening on ${ehr.url}`);
process.send?.({ ready: ehr.url });
