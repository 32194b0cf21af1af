import type { Business, Button, MessageContent, Template } from '../model.js';
import { isText, listOf, recordOf, type Json } from '../json.js';
import { componentOf, fillIn } from '../templates/variables.js';
import { templateKey } from '../templates/template-store.js';
import { part, parts, words } from './checks.js';
import { GraphError } from './graph-error.js';
import { templateButtons } from './template-buttons.js';
import { headerParameters, textParameters } from './template-parameters.js';

const BODY_LIMIT = 1024;

/** Validates a template send as Meta does and answers what the patient would see. */
export function templateContent(given: Json, business: Business): MessageContent {
  const name = words(given, 'name', "template['name']", 512);
  const language = words(
    part(given, 'language', "template['language']"),
    'code',
    "template['language']['code']",
    16,
  );
  const template = sendable(business, name, language);
  const components =
    given['components'] === undefined ? [] : parts(given, 'components', 'components', { min: 0, max: 12 });
  refuseUnknown(components);
  headerParameters(template, parametersOf(components, 'header'));
  const values = textParameters(template, 'BODY', parametersOf(components, 'body'));
  return {
    type: 'template',
    category: template.category.toLowerCase(),
    template: { name, language },
    parameters: [...values.values()],
    text: bodyText(template, values),
    buttons: buttonsOf(template, components),
  };
}

function sendable(business: Business, name: string, language: string): Template {
  const template = business.templates.get(templateKey(name, language));
  if (template?.status === 'PAUSED')
    throw new GraphError(132015, `Template (${name}) is paused in ${language}`);
  if (template?.status === 'DISABLED')
    throw new GraphError(132016, `Template (${name}) is disabled in ${language}`);
  if (template?.status !== 'APPROVED') {
    throw new GraphError(132001, `template name (${name}) does not exist in ${language}`);
  }
  return template;
}

function refuseUnknown(components: Json[]): void {
  for (const { type } of components) {
    if (!isText(type) || !['header', 'body', 'button'].includes(type.toLowerCase())) {
      throw new GraphError(100, 'Param components type must be one of {HEADER, BODY, BUTTON}.');
    }
  }
}

function parametersOf(components: Json[], type: string): Json[] {
  const component = components.find((candidate) => String(candidate['type']).toLowerCase() === type);
  return listOf(component?.['parameters']).map(recordOf);
}

function bodyText(template: Template, values: Map<string, string>): string {
  const text = fillIn(componentOf(template, 'BODY')?.text ?? '', values);
  if (text.length > BODY_LIMIT)
    throw new GraphError(132005, `body: text is longer than ${BODY_LIMIT} characters`);
  return text;
}

const buttonsOf = (template: Template, components: Json[]): Button[] =>
  templateButtons(
    componentOf(template, 'BUTTONS')?.buttons ?? [],
    components.filter((component) => String(component['type']).toLowerCase() === 'button'),
  );
