import type { INestApplicationContext } from '@nestjs/common';
import { SummariesFacade, type SummariesBacklog } from '../../../care/summaries/index.js';
import { MessagingFacade, type MessagingBacklog } from '../../../exchange/messaging/index.js';
import { AuditFacade } from '../../../foundation/audit/index.js';
import type { Chosen } from '../organizations.js';
import { bad, doubtful, type Finding, good } from './finding.js';

type Product = INestApplicationContext;

/** A webhook is read within seconds while a worker runs. */
const INBOX_SECONDS = 60;
/** A message goes out within seconds of its time; a pace that Meta sets may hold many for minutes. */
const LEDGER_SECONDS = 300;
/** A summary's first tries lie within minutes. */
const SUMMARY_SECONDS = 900;
/** The sealer runs each second: later than this, somebody could change the log unseen. */
const UNSEALED_SECONDS = 60;

const NO_WORKER =
  'See whether a process with --role=worker or --role=all runs (GET /health/ready), and its log for loop.failed.';
const WORK_ITEMS = 'Each has a work item: GET /v1/work-items.';

/** What waits too long in the work of one hospital, and what only a person can settle. */
export async function workChecks(product: Product, { slug, ctx }: Chosen): Promise<Finding[]> {
  const messaging = await product.get(MessagingFacade).backlog(ctx);
  return [
    inboxFinding(slug, messaging.inbox),
    ledgerFinding(slug, messaging.ledger),
    unsettledFinding(slug, messaging),
    ...summaryFindings(slug, await product.get(SummariesFacade).backlog(ctx)),
    await sealCheck(product, { slug, ctx }),
  ];
}

/** Also of the installation's own log. */
export async function sealCheck(product: Product, { slug, ctx }: Chosen): Promise<Finding> {
  return sealFinding(slug, await product.get(AuditFacade).backlog(ctx));
}

export function inboxFinding(slug: string, { waiting, oldestSeconds }: MessagingBacklog['inbox']): Finding {
  const finding = `${slug}: ${waiting} webhooks wait to be read, the oldest for ${oldestSeconds} s.`;
  if (oldestSeconds <= INBOX_SECONDS) return good('messaging.inbox', finding);
  return bad('messaging.inbox', finding, NO_WORKER);
}

export function ledgerFinding(slug: string, { due, oldestSeconds }: MessagingBacklog['ledger']): Finding {
  const finding = `${slug}: ${due} messages are due, the oldest for ${oldestSeconds} s.`;
  if (oldestSeconds <= LEDGER_SECONDS) return good('messaging.ledger', finding);
  return bad('messaging.ledger', finding, `${NO_WORKER} A held channel is named under whatsapp.`);
}

export function unsettledFinding(slug: string, { inbox, ledger }: MessagingBacklog): Finding {
  const check = 'messaging.unsettled';
  const { unknown, parked } = ledger;
  if (unknown + parked + inbox.parked === 0) return good(check, `${slug}: every message is settled.`);
  return doubtful(
    check,
    `${slug}: ${unknown} messages of unknown outcome, ${parked} parked this week, ${inbox.parked} webhooks parked.`,
    `What nobody answered goes once more at most, and only when a later send shows that its status would have come. What is parked has a work item (GET /v1/work-items); webhooks are worked again by carethread inbox retry.`,
  );
}

export function summaryFindings(slug: string, { due, oldestSeconds, givenUp }: SummariesBacklog): Finding[] {
  const waiting = `${slug}: ${due} summaries are on their way to the EHR, the oldest overdue by ${oldestSeconds} s.`;
  const late = oldestSeconds > SUMMARY_SECONDS;
  const refused = `${slug}: the EHR did not take ${givenUp} summaries this week.`;
  return [
    late
      ? bad('summaries.waiting', waiting, `${NO_WORKER} An EHR that is away is named under ehr.`)
      : good('summaries.waiting', waiting),
    givenUp > 0
      ? doubtful('summaries.refused', refused, `GET /v1/summaries names the reasons. ${WORK_ITEMS}`)
      : good('summaries.refused', refused),
  ];
}

export function sealFinding(slug: string, waiting: { events: number; oldestSeconds: number }): Finding {
  const { events, oldestSeconds } = waiting;
  const finding = `${slug}: ${events} audit events wait to be sealed, the oldest for ${oldestSeconds} s.`;
  if (oldestSeconds <= UNSEALED_SECONDS) return good('audit.unsealed', finding);
  return bad('audit.unsealed', finding, `Until then a change of them would not show. ${NO_WORKER}`);
}
