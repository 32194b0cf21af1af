import { onHospital } from '../control/hospital-routes.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from '../control/reply.js';
import type { World } from '../world.js';
import type { NotificationFault } from './subscriptions.js';

const FAULTS = ['lost', 'repeated', 'refused'];

const listSent = onHospital(({ subscriptions }) =>
  ok({ waiting: subscriptions.waiting, data: subscriptions.sent }),
);

const addFault = onHospital(({ subscriptions }, { body }) => {
  const fault = { ...((body ?? {}) as NotificationFault) };
  if (!FAULTS.includes(fault.name)) return badRequest('there is no fault of this name');
  subscriptions.faults.push(fault);
  return ok(fault);
});

const clearFaults = onHospital(({ subscriptions }) => {
  subscriptions.faults = [];
  return ok({ data: [] });
});

export const subscriptionRoutes: Record<string, (world: World, request: ControlRequest) => ControlReply> = {
  'GET /control/hospitals/:/notifications': listSent,
  'POST /control/hospitals/:/notification-faults': addFault,
  'DELETE /control/hospitals/:/notification-faults': clearFaults,
};
