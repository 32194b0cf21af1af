import type { Button, TemplateButton } from '../model.js';
import { isText, listOf, recordOf, type Json } from '../json.js';
import { variablesOf } from '../templates/variables.js';
import { GraphError } from './graph-error.js';

// The limit of an interactive button's id; Meta names none of its own for a template's payload.
const PAYLOAD_LIMIT = 256;

/** The quick replies of a template with the payloads that this send gave them; an index counts all buttons. */
export function templateButtons(approved: TemplateButton[], given: Json[]): Button[] {
  const components = new Map(given.map((component) => [indexOf(component, approved), component]));
  if (components.size !== given.length) throw new GraphError(132018, 'buttons: an index is given twice');
  return approved.flatMap((button, index) => {
    const component = components.get(index);
    if (button.type === 'QUICK_REPLY') return [quickReply(button, index, component)];
    checkLink(button, index, component);
    return [];
  });
}

function indexOf(component: Json, approved: TemplateButton[]): number {
  const index = Number(component['index']);
  const kind = String(component['sub_type']).toUpperCase();
  if (component['index'] === undefined) throw new GraphError(131008, 'buttons: index is required');
  if (approved[index]?.type !== kind) {
    throw new GraphError(
      132018,
      `buttons: Button at index ${String(component['index'])} of type ${kind} does not exist`,
    );
  }
  return index;
}

function quickReply(button: TemplateButton, index: number, component?: Json): Button {
  const payload = component ? payloadOf(component, index) : button.text;
  return { kind: 'quick_reply', index, title: button.text, payload };
}

function payloadOf(component: Json, index: number): string {
  const { type, payload } = onlyParameter(component, index);
  if (type !== 'payload')
    throw new GraphError(132012, `buttons: Button at index ${index} takes a parameter of type payload`);
  if (!isText(payload) || payload === '' || payload.length > PAYLOAD_LIMIT) {
    throw new GraphError(
      131009,
      `buttons: payload length invalid. Min length: 1, Max length: ${PAYLOAD_LIMIT}`,
    );
  }
  return payload;
}

function checkLink(button: TemplateButton, index: number, component?: Json): void {
  const needsSuffix = variablesOf(button.url).length > 0;
  if (!needsSuffix) return;
  if (!component)
    throw new GraphError(131008, `buttons: Button at index ${index} of type Url requires a parameter`);
  const { type, text } = onlyParameter(component, index);
  if (type !== 'text' || !isText(text))
    throw new GraphError(132012, `buttons: Button at index ${index} takes text`);
}

function onlyParameter(component: Json, index: number): Json {
  const parameters = listOf(component['parameters']).map(recordOf);
  if (parameters.length === 1) return parameters[0]!;
  throw new GraphError(
    132000,
    `buttons: number of params (${parameters.length}) of button ${index} does not match the expected number of params (1)`,
  );
}
