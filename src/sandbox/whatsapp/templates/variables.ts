import type { Template, TemplateComponent } from '../model.js';

const VARIABLE = /\{\{\s*([a-z0-9_]+)\s*\}\}/g;

/** A text taken apart at its variables: `literals` has one more than `variables`. */
interface Parts {
  literals: string[];
  variables: string[];
  names: string[];
}

// One entry for each text that a template has; a send is too frequent to read the text anew.
const partsByText = new Map<string, Parts>();

export const componentOf = (
  template: Template,
  type: TemplateComponent['type'],
): TemplateComponent | undefined => template.components.find((component) => component.type === type);

/** The names of the variables of a text, each once, in order of appearance. */
export const variablesOf = (text: string | undefined): string[] => partsOf(text ?? '').names;

export function fillIn(text: string, values: Map<string, string>): string {
  const { literals, variables } = partsOf(text);
  let filled = literals[0]!;
  variables.forEach((name, at) => (filled += (values.get(name) ?? `{{${name}}}`) + literals[at + 1]!));
  return filled;
}

function partsOf(text: string): Parts {
  const known = partsByText.get(text);
  if (known) return known;
  // A pattern with one group: split answers literal, name, literal, name and so on.
  const pieces = text.split(VARIABLE);
  const variables = pieces.filter((_, at) => at % 2 === 1);
  const parts = {
    literals: pieces.filter((_, at) => at % 2 === 0),
    variables,
    names: [...new Set(variables)],
  };
  partsByText.set(text, parts);
  return parts;
}
