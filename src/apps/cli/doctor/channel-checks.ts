import type { INestApplicationContext } from '@nestjs/common';
import { type ConnectionState, FhirFacade } from '../../../exchange/fhir/index.js';
import { type AccountState, MessagingFacade } from '../../../exchange/messaging/index.js';
import type { Chosen } from '../organizations.js';
import { bad, doubtful, type Finding, good } from './finding.js';

type Product = INestApplicationContext;

/** What was last seen of each EHR connection of a hospital. No EHR is asked. */
export async function ehrChecks(product: Product, { slug, ctx }: Chosen): Promise<Finding[]> {
  const states = await product.get(FhirFacade).states(ctx);
  return states.map((state) => ehrFinding(`${slug}/${state.name}`, state));
}

export function ehrFinding(
  name: string,
  { state, completeAt, faultCode, quarantined }: ConnectionState,
): Finding {
  if (state === 'paused')
    return doubtful('ehr', `${name} is paused.`, 'Switch it on with PATCH /v1/ehr-connections.');
  const seen = completeAt
    ? `was last read completely at ${completeAt.toISOString()}`
    : 'was never read completely';
  const remedy = `Try carethread ehr sync ${name.split('/')[1]}, which says what is wrong.`;
  if (faultCode !== null) return bad('ehr', `${name} ${seen}; the last sync failed (${faultCode}).`, remedy);
  if (completeAt === null) return doubtful('ehr', `${name} ${seen}.`, remedy);
  if (quarantined === 0) return good('ehr', `${name} ${seen}.`);
  return doubtful(
    'ehr',
    `${name} ${seen}; ${quarantined} rows are put aside.`,
    'See GET /v1/ehr-connections for the reasons.',
  );
}

/** What was last seen of each WhatsApp account of a hospital. Meta is not asked. */
export async function whatsappChecks(product: Product, { slug, ctx }: Chosen): Promise<Finding[]> {
  const states = await product.get(MessagingFacade).accounts(ctx);
  return states.map((state) => whatsappFinding(`${slug}/${state.name}`, state));
}

export function whatsappFinding(name: string, account: AccountState): Finding {
  const { state, hold, templatesReadAt, templatesFailure } = account;
  const look = 'Try POST /v1/whatsapp-accounts/{id}/check, and look at the account in Meta Business Manager.';
  if (state === 'disabled')
    return doubtful('whatsapp', `${name} is disabled.`, 'Switch it on with PATCH /v1/whatsapp-accounts.');
  if (hold !== null)
    return bad('whatsapp', `${name} may send nothing: Meta answers with code ${hold.code}.`, look);
  if (templatesFailure !== null)
    return bad('whatsapp', `The templates of ${name} cannot be read (${templatesFailure}).`, look);
  if (templatesReadAt === null)
    return doubtful('whatsapp', `The templates of ${name} were never read.`, 'A worker process reads them.');
  return good('whatsapp', `${name} may send; its templates were read at ${templatesReadAt.toISOString()}.`);
}
