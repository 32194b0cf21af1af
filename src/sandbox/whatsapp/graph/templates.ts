import type { Business, Template } from '../model.js';
import { ok, type Answer, type Call } from '../http.js';
import { putTemplate, templateKey } from '../templates/template-store.js';
import type { World } from '../world.js';
import { pick } from './fields.js';
import { GraphError } from './graph-error.js';
import { jsonBody } from './json-body.js';
import { pageOf } from './paging.js';
import { newTemplate } from './template-create.js';

const DEFAULT_FIELDS = ['name', 'parameter_format', 'components', 'language', 'status', 'category'];
const DUPLICATE = 2388024;

const matches = (template: Template, query: URLSearchParams): boolean =>
  (['name', 'status', 'language', 'category'] as const).every(
    (key) => (query.get(key) ?? template[key]) === template[key],
  );

export function listTemplates(business: Business, call: Call): Answer {
  const found = [...business.templates.values()].filter((template) => matches(template, call.query));
  const view = (template: Required<Template>) =>
    pick(
      { ...template, quality_score: { score: template.quality } },
      call.query.get('fields'),
      DEFAULT_FIELDS,
    );
  return ok(pageOf(call, found, view));
}

/** A new template waits for approval, which the control plane gives. */
export function createTemplate(world: World, business: Business, call: Call): Answer {
  const template = newTemplate(jsonBody(call));
  if (business.templates.has(templateKey(template.name, template.language))) {
    throw new GraphError(100, 'There is already content in this language for this template.', {
      subcode: DUPLICATE,
    });
  }
  const { id, status, category } = putTemplate(business, template, world.ids);
  return ok({ id, status, category });
}
