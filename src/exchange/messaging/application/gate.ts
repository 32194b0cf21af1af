import { Injectable } from '@nestjs/common';
import type { Purpose } from '../../consent/index.js';
import { ConsentFacade, type Decision } from '../../consent/index.js';
import { PatientsFacade } from '../../patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Content } from '../domain/content.js';
import { judge, type Verdict } from '../domain/gate.policy.js';
import type { Recipient } from '../domain/payload.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TemplateEntity } from '../infrastructure/template.entity.js';
import { ReceivedRepository } from '../infrastructure/received.repository.js';
import { Templates } from './templates.js';

/** What is asked of the gate for one message. */
export interface GateQuestion {
  /** The number that it would go out from. */
  account: { id: Uuid; businessAccountId: string };
  addressId: Uuid;
  patientId: Uuid | null;
  purpose: Purpose;
  content: Content;
  usefulUntil: Date;
  /** The confirmation of an opt-out: it alone needs no consent. */
  isStopConfirmation: boolean;
}

export interface GateAnswer {
  verdict: Verdict;
  /** The decision relied on. */
  consent: Decision | null;
  recipient: Recipient | null;
}

/** Consent, address, window and template, all read now: the one place that says whether a message may go out. */
@Injectable()
export class Gate {
  constructor(
    private readonly consent: ConsentFacade,
    private readonly patients: PatientsFacade,
    private readonly received: ReceivedRepository,
    private readonly templates: Templates,
  ) {}

  /** One answer per question, in order. Call it under the fence when a send follows. */
  async ask(tx: TxContext, questions: readonly GateQuestion[]): Promise<GateAnswer[]> {
    if (questions.length === 0) return [];
    const now = await nowIn(tx);
    const consents = await this.consents(tx, questions);
    const windows = await this.windows(tx, questions);
    const templates = await this.templatesOf(tx, questions);
    const recipients = await this.patients.recipientsOf(
      tx,
      questions.map(({ addressId }) => addressId),
    );
    return questions.map((question, index) => {
      const { account, addressId, content, usefulUntil } = question;
      const consent = consents[index]!;
      const recipient = recipients.get(addressId) ?? null;
      const lastInboundAt = windows.get(pairOf(account.id, addressId)) ?? null;
      const named = templates.filter((template) => isMeant(template, question));
      const facts = { now, usefulUntil, content, consent, lastInboundAt, recipient, templates: named };
      return { verdict: judge(facts), consent, recipient };
    });
  }

  private async consents(tx: TxContext, questions: readonly GateQuestion[]): Promise<(Decision | null)[]> {
    const asked = questions.filter(({ isStopConfirmation }) => !isStopConfirmation);
    const requests = asked.map(({ patientId, addressId, purpose }) => ({ patientId, addressId, purpose }));
    const decisions = requests.length === 0 ? [] : await this.consent.decide(tx, requests);
    const byQuestion = new Map(asked.map((question, index) => [question, decisions[index]!]));
    return questions.map((question) => byQuestion.get(question) ?? null);
  }

  /** Only what is free-form needs a window. */
  private async windows(tx: TxContext, questions: readonly GateQuestion[]): Promise<Map<string, Date>> {
    const freeForm = questions.filter(({ content }) => content.kind !== 'template');
    if (freeForm.length === 0) return new Map();
    const pairs = await this.received.pairs(
      tx,
      freeForm.map(({ addressId }) => addressId),
    );
    return new Map(pairs.map(({ accountId, addressId, at }) => [pairOf(accountId, addressId), at]));
  }

  private async templatesOf(tx: TxContext, questions: readonly GateQuestion[]): Promise<TemplateEntity[]> {
    const names = questions.flatMap(({ content }) => (content.kind === 'template' ? [content.name] : []));
    if (names.length === 0) return [];
    const businesses = questions.map(({ account }) => account.businessAccountId);
    return this.templates.named(tx, [...new Set(businesses)], [...new Set(names)]);
  }
}

function pairOf(accountId: Uuid, addressId: Uuid): string {
  return `${accountId}/${addressId}`;
}

function isMeant({ businessAccountId, name }: TemplateEntity, { account, content }: GateQuestion): boolean {
  return (
    content.kind === 'template' && name === content.name && businessAccountId === account.businessAccountId
  );
}
