import { Duration } from 'luxon';
import type { Hospital } from '../hospital.js';
import { isProfileName } from '../profiles/index.js';
import type { World } from '../world.js';
import { badRequest, type ControlReply, type ControlRequest, notFound, ok } from './reply.js';

type OnHospital = (hospital: Hospital, request: ControlRequest) => ControlReply;

export function onHospital(act: OnHospital): (world: World, request: ControlRequest) => ControlReply {
  return ({ hospitals }, request) => {
    const hospital = hospitals.get(request.path[0] ?? '');
    return hospital ? act(hospital, request) : notFound('there is no such hospital');
  };
}

export const listCases = onHospital(({ cases }) => ok({ data: cases }));

/** From now on the server behaves like another vendor's. */
export const changeProfile = onHospital((hospital, { body }) => {
  const { name } = (body ?? {}) as { name?: unknown };
  if (!isProfileName(name)) return badRequest('there is no profile of this name');
  hospital.profileName = name;
  return ok({ name });
});

/** How much this server's clock is ahead (or, negative, behind). */
export const skewClock = onHospital(({ clock }, { body }) => {
  const { skew } = (body ?? {}) as { skew?: unknown };
  const duration = Duration.fromISO(typeof skew === 'string' ? skew : '');
  if (!duration.isValid) return badRequest('skew must be an ISO 8601 duration such as PT10M or -PT10M');
  clock.skewMs = duration.toMillis();
  return ok({ now: clock.now().toISOString() });
});
