import { badRequest, ok } from '../control/reply.js';
import { onHospital } from '../control/hospital-routes.js';
import type { Hospital } from '../hospital.js';

/** The engine tells `url` of every change from now on; with `replay` first of each visit that is still to come. */
export const startEngine = onHospital((hospital, { body }) => {
  const { url, secret, replay = false } = (body ?? {}) as Record<string, unknown>;
  if (typeof url !== 'string' || !URL.canParse(url)) return badRequest('url must be an address');
  if (typeof secret !== 'string' || secret === '') return badRequest('secret must be a text');
  hospital.engine.start({ url, secret });
  if (replay === true) for (const reference of upcoming(hospital)) hospital.engine.tell(reference);
  return ok({ waiting: hospital.engine.waiting });
});

export const stopEngine = onHospital(({ engine }) => {
  engine.stop();
  return ok({ waiting: 0 });
});

export const showEngine = onHospital(({ engine }) => ok({ waiting: engine.waiting, posts: engine.posts }));

function upcoming({ stores, clock }: Hospital): string[] {
  const now = clock.now().getTime();
  return stores.Appointment.all()
    .filter(({ start }) => typeof start === 'string' && Date.parse(start) > now)
    .map(({ id }) => `Appointment/${id}`);
}
