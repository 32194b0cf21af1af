import type { Button, MessageContent } from '../model.js';
import { isText, type Json } from '../json.js';
import { optionalWords, part, parts, unique, words } from './checks.js';
import { GraphError } from './graph-error.js';

const LIMITS = {
  body: 1024,
  footer: 60,
  header: 60,
  buttons: 3,
  buttonId: 256,
  buttonTitle: 20,
  listLabel: 20,
  sections: 10,
  sectionTitle: 24,
  rowsInTotal: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  linkText: 20,
};

type ActionReader = (action: Json) => Button[];

const ACTIONS: Record<string, ActionReader> = {
  button: replyButtons,
  list: listRows,
  cta_url: linkButton,
  location_request_message: named('send_location'),
  request_contact_info: named('request_contact_info'),
};

export function interactiveContent(interactive: Json): MessageContent {
  const type = words(interactive, 'type', "interactive['type']", 64);
  const actionReader = Object.hasOwn(ACTIONS, type) ? ACTIONS[type] : undefined;
  if (!actionReader)
    throw new GraphError(131009, `interactive['type'] must be one of {${Object.keys(ACTIONS).join(', ')}}`);
  checkHeader(interactive, type);
  const text = words(part(interactive, 'body', "interactive['body']"), 'text', 'Body text', LIMITS.body);
  if (interactive['footer'] !== undefined) {
    words(part(interactive, 'footer', "interactive['footer']"), 'text', 'Footer text', LIMITS.footer);
  }
  const buttons = actionReader(part(interactive, 'action', "interactive['action']"));
  return { type: 'interactive', category: 'service', parameters: [], text, buttons };
}

function checkHeader(interactive: Json, type: string): void {
  if (interactive['header'] === undefined) return;
  const header = part(interactive, 'header', "interactive['header']");
  const kind = words(header, 'type', "header['type']", 64);
  if (kind === 'text') return void words(header, 'text', 'Header text', LIMITS.header);
  if (type === 'list' || !['image', 'video', 'document'].includes(kind)) {
    throw new GraphError(131009, `Header type ${kind} is not valid for interactive type ${type}`);
  }
  part(header, kind, `header['${kind}']`);
}

function replyButtons(action: Json): Button[] {
  const given = parts(action, 'buttons', 'Buttons', { min: 1, max: LIMITS.buttons });
  const buttons = given.map((button, index): Button => {
    if (button['type'] !== 'reply') throw new GraphError(131009, 'Button type must be reply');
    const reply = part(button, 'reply', 'Button reply');
    const payload = words(reply, 'id', 'Button id', LIMITS.buttonId);
    return {
      kind: 'button_reply',
      index,
      payload,
      title: words(reply, 'title', 'Button title', LIMITS.buttonTitle),
    };
  });
  unique(
    buttons.map((button) => button.payload),
    'button id',
  );
  unique(
    buttons.map((button) => button.title),
    'button title',
  );
  return buttons;
}

function listRows(action: Json): Button[] {
  words(action, 'button', 'List button', LIMITS.listLabel);
  const sections = parts(action, 'sections', 'Sections', { min: 1, max: LIMITS.sections });
  const rows = sections.flatMap((section) => {
    if (sections.length > 1) words(section, 'title', 'Section title', LIMITS.sectionTitle);
    else optionalWords(section, 'title', 'Section title', LIMITS.sectionTitle);
    return parts(section, 'rows', 'Rows', { min: 1, max: LIMITS.rowsInTotal });
  });
  if (rows.length > LIMITS.rowsInTotal) {
    throw new GraphError(131009, `Total row count exceed max allowed count: ${LIMITS.rowsInTotal}`);
  }
  unique(
    rows.map((row) => (isText(row['id']) ? row['id'] : '')),
    'row id',
  );
  return rows.map(listRow);
}

const listRow = (row: Json, index: number): Button => ({
  kind: 'list_reply',
  index,
  payload: words(row, 'id', 'Row id', LIMITS.rowId),
  title: words(row, 'title', 'Row title', LIMITS.rowTitle),
  description: optionalWords(row, 'description', 'Row description', LIMITS.rowDescription),
});

function linkButton(action: Json): Button[] {
  if (action['name'] !== 'cta_url') throw new GraphError(131009, 'Action name must be cta_url');
  const parameters = part(action, 'parameters', 'Action parameters');
  words(parameters, 'display_text', 'Button text', LIMITS.linkText);
  const url = words(parameters, 'url', 'Button url', 2000);
  if (!URL.canParse(url)) throw new GraphError(131009, 'Button url is not a valid URL');
  return [];
}

function named(name: string): ActionReader {
  return (action) => {
    if (action['name'] !== name) throw new GraphError(131009, `Action name must be ${name}`);
    return [];
  };
}
