import type { Business, Template, TemplateQuality, TemplateStatus } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import type { Json } from '../json.js';
import { templateKey } from '../templates/template-store.js';
import { submitForBusiness } from '../webhooks/management.js';
import {
  impendingCategoryValue,
  templateCategoryValue,
  templateQualityValue,
  templateStatusValue,
} from '../webhooks/template-payloads.js';
import type { World } from '../world.js';
import { ControlError } from './control-error.js';
import { input, instant, oneOf, optionalText, text } from './input.js';

const STATUSES: TemplateStatus[] = ['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'];
const QUALITIES: TemplateQuality[] = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'];
const CATEGORIES: Template['category'][] = ['UTILITY', 'MARKETING', 'AUTHENTICATION'];

interface Owned {
  business: Business;
  template: Required<Template>;
}

/** POST /control/templates: Meta's review of one template (status, quality or category), each told by webhook. */
export function reviewTemplate(world: World, call: Call): Answer {
  const given = input(call);
  const owned = ownedTemplate(world, given);
  const changes = [reviewStatus, reviewQuality, reviewCategory].filter((review) =>
    review(world, owned, given),
  );
  if (changes.length === 0) throw new ControlError(400, 'give a status, a quality or a category');
  return ok(owned.template);
}

function ownedTemplate(world: World, given: Json): Owned {
  const business = world.businesses.get(text(given, 'business_account_id'));
  const template = business?.templates.get(templateKey(text(given, 'name'), text(given, 'language')));
  if (!business || !template) throw new ControlError(404, 'this business has no such template');
  return { business, template };
}

function reviewStatus(world: World, { business, template }: Owned, given: Json): boolean {
  if (given['status'] === undefined) return false;
  const status = oneOf(given, 'status', STATUSES);
  template.rejected_reason = optionalText(given, 'reason') ?? 'NONE';
  setStatus(world, { business, template }, status);
  return true;
}

function reviewQuality(world: World, { business, template }: Owned, given: Json): boolean {
  if (given['quality'] === undefined) return false;
  const previous = template.quality;
  template.quality = oneOf(given, 'quality', QUALITIES);
  const value = templateQualityValue(template, previous);
  submitForBusiness(world, business, { field: 'message_template_quality_update', value });
  return true;
}

/** With `category_from` it is only announced; the category changes when it is set without. */
function reviewCategory(world: World, { business, template }: Owned, given: Json): boolean {
  if (given['category'] === undefined) return false;
  const category = oneOf(given, 'category', CATEGORIES);
  const from = given['category_from'];
  const field = 'template_category_update';
  if (from !== undefined) {
    const at = Math.floor(instant(from, 'category_from').getTime() / 1000);
    submitForBusiness(world, business, { field, value: impendingCategoryValue(template, category, at) });
    return true;
  }
  const previous = template.category;
  template.category = category;
  submitForBusiness(world, business, { field, value: templateCategoryValue(template, previous) });
  return true;
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
  const found = businesses.flatMap((business) => {
    const template = business.templates.get(templateKey(which.name, which.language));
    return template ? [{ business, template }] : [];
  });
  for (const owned of found) setStatus(world, owned, status);
  return found.length;
}

function setStatus(world: World, { business, template }: Owned, status: TemplateStatus): void {
  template.status = status;
  const value = templateStatusValue(template);
  submitForBusiness(world, business, { field: 'message_template_status_update', value });
}
