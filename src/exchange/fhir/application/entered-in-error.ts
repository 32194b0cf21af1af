import type { Communication, FhirResource } from 'fhir/r4.js';
import { basesOf } from '../domain/connection.js';
import { isWithdrawn } from '../domain/written-match.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault, notTaken, unknownOutcome } from '../infrastructure/fhir-fault.js';
import type { PatchOperation } from '../infrastructure/fhir-client.js';
import type { Where } from './find-copies.js';
import { readState } from './live-read.js';
import { keepsTextsApart, keepsTextsElsewhere } from './payloads.js';

/** Somebody may be working on the same record. */
const ROUNDS = 3;

/** `content-left`: marked, and the EHR did not let go of what it says. `unsupported`: it takes no such change. */
export type Marked = 'marked' | 'content-left' | 'unsupported';

interface Wish {
  /** Whether what it says goes too. */
  empty?: boolean;
}

/** Marks one Communication entered-in-error, and believes it when it is read back. Throws as a write does. */
export async function enterInError(
  where: Where,
  fhirId: string,
  { empty = false }: Wish = {},
): Promise<Marked> {
  if (where.capabilities.communicationChange === 'none') return 'unsupported';
  if (await took(where, fhirId, { empty })) return 'marked';
  if (!empty) return 'unsupported';
  return (await took(where, fhirId, { empty: false })) ? 'content-left' : 'unsupported';
}

/** False: this EHR takes no such change. */
async function took(where: Where, fhirId: string, wish: Wish): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round++) {
    const found = await readState(where.connected.client, { type: 'Communication', id: fhirId });
    if (found.state === 'gone') return true;
    if (found.state !== 'current') return false;
    if (isDone(found.resource, wish)) return true;
    const sent = await change(where, found.resource as Communication, wish);
    if (sent === 'refused') return false;
  }
  return isMarked(where, fhirId, wish);
}

async function isMarked({ connected }: Where, fhirId: string, wish: Wish): Promise<boolean> {
  const found = await readState(connected.client, { type: 'Communication', id: fhirId });
  if (found.state === 'gone') return true;
  if (found.state !== 'current') return false;
  if (!isWithdrawn(found.resource)) throw notTaken();
  return isDone(found.resource, wish);
}

function isDone(resource: FhirResource, { empty }: Wish): boolean {
  return isWithdrawn(resource) && !(empty && 'payload' in resource);
}

async function change(
  { connected, capabilities }: Where,
  resource: Communication,
  wish: Wish,
): Promise<'sent' | 'refused'> {
  // Without its payload nobody would find the texts again, and there they stay.
  if (wish.empty && textsLieApart(connected, resource)) return 'refused';
  const version = resource.meta?.versionId;
  // Without a version there is no If-Match, and without If-Match somebody's change could be lost.
  if (version === undefined) return 'refused';
  const ifMatch = `W/"${version}"`;
  try {
    if (capabilities.communicationChange === 'update') {
      await connected.client.update(withdrawn(resource, wish), ifMatch, resource);
    } else {
      const key = { type: 'Communication', id: resource.id! };
      await connected.client.patch(key, withdrawing(resource, wish), ifMatch);
    }
    return 'sent';
  } catch (error) {
    return meaningOf(error);
  }
}

function textsLieApart({ client, connection }: Connected, resource: Communication): boolean {
  return keepsTextsApart(resource, basesOf(connection)) || keepsTextsElsewhere(client, resource);
}

/** The narrative tells of what is no longer there. */
function withdrawn({ payload, text, ...rest }: Communication, { empty }: Wish): Communication {
  const said = { ...(payload && { payload }), ...(text && { text }) };
  return { ...rest, ...(!empty && said), status: 'entered-in-error' };
}

function withdrawing(resource: Communication, { empty }: Wish): PatchOperation[] {
  const said = (['payload', 'text'] as const).filter((name) => empty && name in resource);
  return [
    { op: 'test', path: '/status', value: resource.status },
    { op: 'replace', path: '/status', value: 'entered-in-error' },
    ...said.map((name) => ({ op: 'remove' as const, path: `/${name}` })),
  ];
}

function meaningOf(error: unknown): 'sent' | 'refused' {
  if (!(error instanceof FhirFault)) throw error;
  // The next read tells.
  if (error.status === 409 || error.status === 412) return 'sent';
  if (error.effect === 'unknown') throw unknownOutcome();
  if (error.retryable || error.status === null) throw error;
  return 'refused';
}
