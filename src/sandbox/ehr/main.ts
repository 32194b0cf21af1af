import { parseArgs } from 'node:util';
import { isDatasetName } from '../dataset/index.js';
import { startSandboxEhr } from './index.js';
import { isProfileName, type ProfileName } from './profiles/index.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    now: { type: 'string' },
    dataset: { type: 'string', default: 'small' },
    profile: { type: 'string', multiple: true, default: [] },
  },
});
const now = values.now === undefined ? new Date() : new Date(values.now);
const [port, seed] = [Number(values.port), Number(values.seed)];
const { dataset } = values;

if (!Number.isInteger(port) || !Number.isInteger(seed) || Number.isNaN(now.getTime())) {
  refuseToStart('--port and --seed take whole numbers, --now an ISO instant');
}
if (!isDatasetName(dataset)) refuseToStart('--dataset is small, full or load');

const profiles: Record<string, ProfileName> = {};
for (const choice of values.profile) {
  const [slug = '', name] = choice.split('=');
  if (!isProfileName(name)) refuseToStart('--profile takes <hospital>=<profile>');
  profiles[slug] = name;
}

const ehr = await startSandboxEhr({ port, seed, now, dataset, profiles });
const stop = (): void => void ehr.close().then(() => process.exit(0));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
process.on('disconnect', stop);
// Listening for `disconnect` holds the channel open; it must not be what keeps this process alive.
process.channel?.unref();
console.error(`sandbox EHR listening on ${ehr.url}`);
process.send?.({ ready: ehr.url });

function refuseToStart(why: string): never {
  console.error(`sandbox EHR: ${why}`);
  process.exit(2);
}
