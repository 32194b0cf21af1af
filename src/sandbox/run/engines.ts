import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './http.js';
import type { StartOptions } from './options.js';
import { Product } from './product.js';
import { engineSecretOf } from './vendors.js';

const POLL_MS = 100;
const WAIT_MS = 30_000;

/** The interface engines of hospitals whose EHR cannot be searched begin to tell, the visits to come first. */
export async function startEngines(
  { vendors }: StartOptions,
  { ehr, product, apiKey }: { ehr: string; product: string; apiKey: string },
): Promise<void> {
  for (const [slug, vendor] of Object.entries(vendors)) {
    const secret = engineSecretOf(vendor);
    if (secret === null) continue;
    const [connection] = await new Product(product, apiKey, slug).all<{ id: string }>('/v1/ehr-connections');
    const engine = `/control/hospitals/${slug}/engine`;
    const url = `${product}/webhooks/ehr/${connection!.id}`;
    await call(ehr, engine, { method: 'PUT', body: { url, secret, replay: true } });
    await told(ehr, engine);
  }
}

async function told(ehr: string, engine: string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    const { waiting } = await call<{ waiting: number }>(ehr, engine);
    if (waiting === 0) return;
    await sleep(POLL_MS);
  }
  throw new Error('the interface engine did not get its hints told');
}
