import type { World } from '../world.js';

/** Meta's verification of a callback address: it must answer 200 with the challenge and nothing else. */
export async function handshake(
  world: World,
  url: string,
  verifyToken: string,
): Promise<{ ok: boolean; status: number }> {
  const challenge = world.ids.digits();
  const target = new URL(url);
  target.searchParams.set('hub.mode', 'subscribe');
  target.searchParams.set('hub.verify_token', verifyToken);
  target.searchParams.set('hub.challenge', challenge);
  const { status, body } = await world.courier.get(target.href);
  return { ok: status === 200 && body === challenge, status };
}
