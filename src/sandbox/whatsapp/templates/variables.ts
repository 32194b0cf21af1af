import type { Template, TemplateComponent } from '../model.js';

const VARIABLE = /\{\{\s*([a-z0-9_]+)\s*\}\}/g;

export const componentOf = (
  template: Template,
  type: TemplateComponent['type'],
): TemplateComponent | undefined => template.components.find((component) => component.type === type);

/** The names of the variables of a text, each once, in order of appearance. */
export function variablesOf(text: string | undefined): string[] {
  return [...new Set([...(text ?? '').matchAll(VARIABLE)].map((match) => match[1]!))];
}

export function fillIn(text: string, values: Map<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => values.get(name) ?? whole);
}
