import type { Template, TemplateComponent } from '../model.js';
import { isRecord, isText, listOf, type Json } from '../json.js';
import { componentOf } from '../templates/variables.js';
import { GraphError } from './graph-error.js';

const LIMITS = { name: 512, header: 60, body: 1024, footer: 60, buttons: 10, buttonText: 25 };
const VARIABLE_AT_AN_END = /^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*$/;
const VARIABLE_AT_AN_END_SUBCODE = 2388299;

/** Reads the body of a template creation; its status is PENDING. Throws GraphError 100. */
export function newTemplate(body: Json): Template {
  const { name, language, category, parameter_format: format = 'POSITIONAL' } = body;
  if (!isText(name) || name.length > LIMITS.name || !/^[a-z0-9_]+$/.test(name)) refuse('name');
  if (!isText(language) || !/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language)) refuse('language');
  if (!oneOf(category, ['UTILITY', 'MARKETING', 'AUTHENTICATION'] as const)) refuse('category');
  if (!oneOf(format, ['POSITIONAL', 'NAMED'] as const)) refuse('parameter_format');
  const components = componentsOf(body['components']);
  const template: Template = {
    name,
    language,
    category,
    parameter_format: format,
    status: 'PENDING',
    components,
  };
  checkBody(template);
  return template;
}

function componentsOf(given: unknown): TemplateComponent[] {
  const components = listOf(given).filter(isRecord);
  if (components.length === 0) refuse('components');
  return components.map(componentFrom);
}

function componentFrom(given: Json): TemplateComponent {
  const type = String(given['type']).toUpperCase();
  if (!oneOf(type, ['HEADER', 'BODY', 'FOOTER', 'BUTTONS'] as const)) refuse('components type');
  if (type === 'BUTTONS') checkButtons(listOf(given['buttons']));
  const limit = { HEADER: LIMITS.header, BODY: LIMITS.body, FOOTER: LIMITS.footer, BUTTONS: 0 }[type];
  if (isText(given['text']) && given['text'].length > limit) refuse(`${type} text`);
  return { ...given, type } as TemplateComponent;
}

function checkButtons(buttons: unknown[]): void {
  if (buttons.length === 0 || buttons.length > LIMITS.buttons) refuse('buttons');
  for (const button of buttons) {
    const text = isRecord(button) ? button['text'] : undefined;
    if (!isText(text) || text.length === 0 || text.length > LIMITS.buttonText) refuse('button text');
  }
}

function checkBody(template: Template): void {
  const text = componentOf(template, 'BODY')?.text;
  if (!text) refuse('components: a body');
  if (VARIABLE_AT_AN_END.test(text)) {
    throw new GraphError(100, 'Variables can not be at the start or end of the template', {
      subcode: VARIABLE_AT_AN_END_SUBCODE,
    });
  }
}

const oneOf = <T extends string>(value: unknown, values: readonly T[]): value is T =>
  values.includes(value as T);

function refuse(param: string): never {
  throw new GraphError(100, `Param ${param} is missing or not valid.`);
}
