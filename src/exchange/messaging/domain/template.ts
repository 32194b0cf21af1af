/** A component of a template, as Graph lists it; unknown keys are kept. */
export interface TemplateComponent {
  type: string;
  format?: string;
  text?: string;
  buttons?: { type: string; text: string; url?: string }[];
}

export interface Template {
  name: string;
  /** As Meta names it: `en_US`. */
  language: string;
  status: string;
  parameterFormat: 'POSITIONAL' | 'NAMED';
  components: TemplateComponent[];
  suspendedCode: number | null;
}

const VARIABLE = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

/** The names of the body's variables, each once, in order of appearance: `1`, `2` when positional. */
export function parametersOf(template: Template): string[] {
  const names = variablesOf(textOf(template, 'BODY'));
  return template.parameterFormat === 'NAMED' ? names : names.sort((a, b) => Number(a) - Number(b));
}

export function quickRepliesOf(template: Template): string[] {
  return buttonsOf(template).flatMap((button) => (button.type === 'QUICK_REPLY' ? [button.text] : []));
}

/** Where the quick replies stand among all buttons: that is the index that a send names. */
export function quickReplyIndexes(template: Template): number[] {
  return buttonsOf(template).flatMap((button, index) => (button.type === 'QUICK_REPLY' ? [index] : []));
}

/** Approved, not shown to be unusable by a send, and without a part that we have no value for. */
export function isUsable(template: Template): boolean {
  return template.status === 'APPROVED' && template.suspendedCode === null && !needsMore(template);
}

/** Headers with media or variables and links with variables need values that a send request does not carry. */
function needsMore(template: Template): boolean {
  const header = componentOf(template, 'HEADER');
  const hasMedia = header !== undefined && (header.format ?? 'TEXT') !== 'TEXT';
  const hasLink = buttonsOf(template).some(({ url }) => variablesOf(url).length > 0);
  return hasMedia || hasLink || variablesOf(header?.text).length > 0;
}

/** The text as the patient reads it: header, body with its values, footer. */
export function renderTemplate(template: Template, values: string[]): string {
  const names = parametersOf(template);
  const byName = new Map(names.map((name, index) => [name, values[index] ?? '']));
  const body = textOf(template, 'BODY').replace(VARIABLE, (whole, name: string) => byName.get(name) ?? whole);
  return [textOf(template, 'HEADER'), body, textOf(template, 'FOOTER')]
    .filter((part) => part !== '')
    .join('\n');
}

/**
 * The best of a template's languages for a reader: the first wish that has an exact match, or a match of the language
 * without its region. Wishes are BCP 47 (`pt-BR`), Meta's names have an underscore (`pt_BR`).
 */
export function bestLanguage(offered: readonly string[], wishes: readonly string[]): string | null {
  for (const wish of wishes.map(normal)) {
    const exact = offered.find((language) => normal(language) === wish);
    const kin = exact ?? offered.find((language) => primary(normal(language)) === primary(wish));
    if (kin) return kin;
  }
  return null;
}

/** Meta refuses line breaks, tabs and more than four spaces in a row in a parameter (132018). */
export function sanitiseParameter(text: string): string {
  return text
    .replace(/[\n\r\t\u2028\u2029]+/g, ' ')
    .replace(/ {5,}/g, ' ')
    .trim();
}

function normal(language: string): string {
  return language.replaceAll('_', '-').toLowerCase();
}

function primary(language: string): string {
  return language.split('-')[0]!;
}

function variablesOf(text: string | undefined): string[] {
  return [...new Set([...(text ?? '').matchAll(VARIABLE)].map((match) => match[1]!))];
}

function componentOf(template: Template, type: string): TemplateComponent | undefined {
  return template.components.find((component) => component.type === type);
}

function textOf(template: Template, type: string): string {
  return componentOf(template, type)?.text ?? '';
}

function buttonsOf(template: Template): { type: string; text: string; url?: string }[] {
  return componentOf(template, 'BUTTONS')?.buttons ?? [];
}
