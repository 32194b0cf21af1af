import { DateTime, Duration } from 'luxon';
import type { World } from '../world.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from './reply.js';

export function moveClock({ clock, hospitals }: World, { body }: ControlRequest): ControlReply {
  const { advance, set } = (body ?? {}) as { advance?: string; set?: string };
  if (typeof advance === 'string') {
    const duration = Duration.fromISO(advance);
    if (!duration.isValid) return badRequest('advance must be an ISO 8601 duration such as PT25H');
    clock.advance(duration);
  } else {
    const instant = DateTime.fromISO(typeof set === 'string' ? set : '', { setZone: true });
    if (!instant.isValid) return badRequest('give advance (a duration) or set (an instant)');
    clock.set(instant.toJSDate());
  }
  for (const { subscriptions } of hospitals.values()) subscriptions.beat();
  return ok({ now: clock.now().toISOString() });
}
