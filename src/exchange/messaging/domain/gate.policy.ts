import type { Decision } from '../../consent/index.js';
import type { Content } from './content.js';
import type { Recipient } from './payload.js';
import { isUsable, parametersOf, quickRepliesOf, sanitiseParameter, type Template } from './template.js';
import { windowAt } from './window.policy.js';

/** All that the gate looks at for one message, read at the moment of sending. */
export interface GateFacts {
  now: Date;
  usefulUntil: Date;
  content: Content;
  /** Null for the confirmation of an opt-out: the one message that needs no consent. */
  consent: Decision | null;
  lastInboundAt: Date | null;
  recipient: Recipient | null;
  /** The templates of that name that Meta knows, in every language; for template content. */
  templates: readonly Template[];
}

export type Verdict =
  | { outcome: 'go'; template: Template | null }
  | { outcome: 'expired' }
  | { outcome: 'refused'; reason: string };

/** Consent, then the address, then window or template: what a message may not pass stops it with a reason. */
export function judge(facts: GateFacts): Verdict {
  if (facts.usefulUntil <= facts.now) return { outcome: 'expired' };
  if (facts.consent && !facts.consent.allowed) return { outcome: 'refused', reason: facts.consent.reason };
  if (!facts.recipient) return { outcome: 'refused', reason: 'no-recipient' };
  if (facts.content.kind === 'template') return judgeTemplate(facts.content, facts.templates);
  const { open } = windowAt(facts.now, facts.lastInboundAt);
  return open ? { outcome: 'go', template: null } : { outcome: 'refused', reason: 'window-closed' };
}

function judgeTemplate(content: Content & { kind: 'template' }, templates: readonly Template[]): Verdict {
  const known = templates.filter(({ status }) => status !== 'DELETED');
  if (known.length === 0) return { outcome: 'refused', reason: 'template-not-found' };
  const template = known.find(({ language }) => language === content.language);
  if (!template) return { outcome: 'refused', reason: 'language-not-available' };
  if (!isUsable(template)) return { outcome: 'refused', reason: 'template-not-usable' };
  if (!fits(content, template)) return { outcome: 'refused', reason: 'template-mismatch' };
  return { outcome: 'go', template };
}

/** Meta refuses a wrong count (132000) and an empty value (131008). */
function fits(content: Content & { kind: 'template' }, template: Template): boolean {
  return (
    content.body.length === parametersOf(template).length &&
    content.body.every((value) => sanitiseParameter(value) !== '') &&
    content.buttons.length <= quickRepliesOf(template).length
  );
}
