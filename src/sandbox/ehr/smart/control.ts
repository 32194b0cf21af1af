import { onHospital } from '../control/hospital-routes.js';
import { badRequest, type ControlReply, type ControlRequest, ok } from '../control/reply.js';
import type { World } from '../world.js';
import type { SmartClient } from './client.js';
import type { Access, SmartSettings, TokenFault } from './server.js';

const MODES = ['none', 'smart', 'basic', 'bearer'];
const FAULTS = ['down', 'slow', 'throttle', 'html'];

const setAccess = onHospital(({ smart }, { body }) => {
  const access = (body ?? {}) as Access;
  if (!MODES.includes(access.mode)) return badRequest('mode is none, smart, basic or bearer');
  smart.access = access;
  return ok({ mode: access.mode });
});

const setClient = onHospital(({ smart }, { body }) => {
  const client = (body ?? {}) as SmartClient;
  if (typeof client.clientId !== 'string' || !(client.jwksUrl ?? client.jwks))
    return badRequest('a client has a clientId, and a jwksUrl or jwks');
  smart.clients.set(client.clientId, client);
  return ok({ clientId: client.clientId });
});

const changeSettings = onHospital(({ smart }, { body }) => {
  Object.assign(smart.settings, body as Partial<SmartSettings>);
  return ok(smart.settings);
});

const addFault = onHospital(({ smart }, { body }) => {
  const fault = (body ?? {}) as TokenFault;
  if (!FAULTS.includes(fault.name)) return badRequest('there is no fault of this name');
  smart.faults.push(fault);
  return ok(fault);
});

const clearFaults = onHospital(({ smart }) => {
  smart.faults = [];
  return ok({ data: [] });
});

/** `keys`: the server signs with another key from now on; else each token is taken back. Either way none holds. */
const endTokens = onHospital(({ smart }, { body }) => {
  if ((body as { keys?: boolean } | undefined)?.keys) smart.tokens.rotate();
  else smart.tokens.revoke();
  return ok({});
});

const listRequests = onHospital(({ smart }) =>
  ok({ data: smart.requests, key_set_fetches: smart.keys.fetches }),
);

export const smartRoutes: Record<string, (world: World, request: ControlRequest) => ControlReply> = {
  'PUT /control/hospitals/:/access': setAccess,
  'PUT /control/hospitals/:/smart-client': setClient,
  'PUT /control/hospitals/:/token-settings': changeSettings,
  'POST /control/hospitals/:/token-faults': addFault,
  'DELETE /control/hospitals/:/token-faults': clearFaults,
  'POST /control/hospitals/:/end-tokens': endTokens,
  'GET /control/hospitals/:/token-requests': listRequests,
};
