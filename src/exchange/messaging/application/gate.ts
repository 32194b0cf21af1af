import { Injectable } from '@nestjs/common';
import type { Purpose } from '../../consent/index.js';
import { ConsentFacade, type Decision } from '../../consent/index.js';
import { PatientsFacade } from '../../patients/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import type { Content } from '../domain/content.js';
import { judge, type Verdict } from '../domain/gate.policy.js';
import type { Recipient } from '../domain/payload.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { TemplateEntity } from '../infrastructure/template.entity.js';
import { ReceivedRepository } from '../infrastructure/received.repository.js';
import { Templates } from './templates.js';

/** What is asked of the gate for one message. */
export interface GateQuestion {
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
  async ask(
    tx: TxContext,
    account: AccountEntity,
    questions: readonly GateQuestion[],
  ): Promise<GateAnswer[]> {
    const now = await nowIn(tx);
    const consents = await this.consents(tx, questions);
    const windows = await this.windows(tx, account.id, questions);
    const templates = await this.templatesOf(tx, account, questions);
    const answers: GateAnswer[] = [];
    for (const [index, question] of questions.entries()) {
      const recipient = await this.patients.recipientOf(tx, question.addressId);
      const consent = consents[index]!;
      const { content, usefulUntil } = question;
      const named = content.kind === 'template' ? templates.filter(({ name }) => name === content.name) : [];
      const lastInboundAt = windows.get(question.addressId) ?? null;
      const verdict = judge({
        now,
        usefulUntil,
        content,
        consent,
        lastInboundAt,
        recipient,
        templates: named,
      });
      answers.push({ verdict, consent, recipient });
    }
    return answers;
  }

  private async consents(tx: TxContext, questions: readonly GateQuestion[]): Promise<(Decision | null)[]> {
    const asked = questions.filter(({ isStopConfirmation }) => !isStopConfirmation);
    const requests = asked.map(({ patientId, addressId, purpose }) => ({ patientId, addressId, purpose }));
    const decisions = requests.length === 0 ? [] : await this.consent.decide(tx, requests);
    const byQuestion = new Map(asked.map((question, index) => [question, decisions[index]!]));
    return questions.map((question) => byQuestion.get(question) ?? null);
  }

  private async windows(
    tx: TxContext,
    accountId: Uuid,
    questions: readonly GateQuestion[],
  ): Promise<Map<Uuid, Date>> {
    const pairs = await this.received.pairs(
      tx,
      questions.map(({ addressId }) => addressId),
    );
    return new Map(
      pairs.filter((pair) => pair.accountId === accountId).map(({ addressId, at }) => [addressId, at]),
    );
  }

  private async templatesOf(
    tx: TxContext,
    account: AccountEntity,
    questions: readonly GateQuestion[],
  ): Promise<TemplateEntity[]> {
    const names = questions.flatMap(({ content }) => (content.kind === 'template' ? [content.name] : []));
    return names.length === 0 ? [] : this.templates.named(tx, account.businessAccountId, [...new Set(names)]);
  }
}
