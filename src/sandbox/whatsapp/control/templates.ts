import type { Template, TemplateStatus } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { templateKey } from '../templates/template-store.js';
import { templateStatusValue } from '../webhooks/payloads.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { input, optionalText, text } from './input.js';

const STATUSES: TemplateStatus[] = ['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'];

/** POST /control/templates: Meta's review of one template, told by webhook. */
export function reviewTemplate(world: World, call: Call): Answer {
  const given = input(call);
  const businessId = text(given, 'business_account_id');
  const name = text(given, 'name');
  const language = text(given, 'language');
  const status = STATUSES.find((candidate) => candidate === given['status']);
  if (!status) throw new ControlError(400, `status must be one of ${STATUSES.join(', ')}`);
  const template = world.businesses.get(businessId)?.templates.get(templateKey(name, language));
  if (!template) throw new ControlError(404, 'this business has no such template');
  template.rejected_reason = optionalText(given, 'reason') ?? 'NONE';
  setStatus(world, businessId, template, status);
  return ok(template);
}

interface Which {
  name: string;
  language: string;
  phoneNumberId?: string;
}

/** Sets the status of a template at every business that has it; answers how many. */
export function setStatusEverywhere(world: World, which: Which, status: TemplateStatus): number {
  const owner =
    which.phoneNumberId === undefined ? undefined : world.accounts.get(which.phoneNumberId)?.business;
  const businesses = owner ? [owner] : [...world.businesses.values()];
  const found = businesses.filter(({ templates }) => templates.has(templateKey(which.name, which.language)));
  for (const { id, templates } of found)
    setStatus(world, id, templates.get(templateKey(which.name, which.language))!, status);
  return found.length;
}

function setStatus(
  world: World,
  businessId: string,
  template: Required<Template>,
  status: TemplateStatus,
): void {
  template.status = status;
  const account = world.businesses.get(businessId)!.phoneNumbers[0]!;
  world.courier.submit({
    account,
    lane: `templates ${businessId}`,
    field: 'message_template_status_update',
    time: Math.floor(world.clock.now().getTime() / 1000),
    value: templateStatusValue(template),
  });
}
