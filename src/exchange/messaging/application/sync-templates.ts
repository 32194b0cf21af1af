import { Injectable } from '@nestjs/common';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import { Log } from '../../../platform/logging/log.js';
import { isRecord, recordAt, recordsAt, textAt, type Json } from '../domain/json.js';
import type { TemplateComponent } from '../domain/template.js';
import type { AccountEntity } from '../infrastructure/account.entity.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { GraphClient, type GraphAccess } from '../infrastructure/graph-client.js';
import { TemplatesRepository, type RemoteTemplate } from '../infrastructure/templates.repository.js';
import { Accounts } from './accounts.js';
import { ReadNumber } from './read-number.js';

const EVERY_MS = 60 * 60_000;
const AFTER_FAILURE_MS = 60_000;
/** Left out, Graph leaves out the fields that matter. */
const FIELDS = 'id,name,language,status,category,parameter_format,components';
const PAGE_SIZE = '100';
/** A verified business has at most 6,000 templates. */
const MAX_PAGES = 100;

/** The loop `messaging.templates`: our copy of what Meta has approved. */
@Injectable()
export class SyncTemplates {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly accountRows: AccountsRepository,
    private readonly repository: TemplatesRepository,
    private readonly client: GraphClient,
    private readonly number: ReadNumber,
    private readonly log: Log,
  ) {}

  /** Works the accounts that are due. Returns how many. */
  async claim(ctx: Context): Promise<number> {
    const due = await this.takeDue(ctx);
    for (const account of due) await this.one(ctx, account);
    return due.length;
  }

  /** The due time moves before the reading begins, so that a reading that fails is not repeated at once. */
  private takeDue(ctx: Context): Promise<AccountEntity[]> {
    return this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      const due: AccountEntity[] = [];
      for (const account of await this.accountRows.active(tx)) {
        const { templatesDueAt } = await this.accountRows.channel(tx, account.id);
        if (templatesDueAt > now) continue;
        const templatesDue = new Date(now.getTime() + AFTER_FAILURE_MS);
        await this.accountRows.changeChannel(tx, account.id, { templatesDueAt: templatesDue });
        due.push(account);
      }
      return due;
    });
  }

  private async one(ctx: Context, account: AccountEntity): Promise<void> {
    try {
      const access = await this.accounts.access(ctx, account);
      const listed = await this.list(access, account.businessAccountId);
      await this.keep(ctx, account, listed);
      await this.number.run(ctx, account, access);
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'unexpected';
      this.log.warn(
        'whatsapp.templates-not-read',
        { organization_id: ctx.organizationId, id: account.id, code },
        error,
      );
      await this.transactions.run(ctx, (tx) =>
        this.accountRows.changeChannel(tx, account.id, { templatesFailure: code }),
      );
    }
  }

  private async list(access: GraphAccess, businessAccountId: string): Promise<RemoteTemplate[]> {
    const path = `${encodeURIComponent(businessAccountId)}/message_templates`;
    const templates = new Map<string, RemoteTemplate>();
    let query: Record<string, string> = { fields: FIELDS, limit: PAGE_SIZE };
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.client.read(access, path, query);
      for (const template of recordsAt(answer, 'data').flatMap(templateOf)) {
        templates.set(`${template.name}/${template.language}`, template);
      }
      const after = nextCursor(answer);
      if (after === null) break;
      query = { ...query, after };
    }
    return [...templates.values()];
  }

  private keep(ctx: Context, account: AccountEntity, listed: RemoteTemplate[]): Promise<void> {
    return this.transactions.run(ctx, async (tx) => {
      const now = await nowIn(tx);
      await this.repository.replace(tx, account.businessAccountId, listed);
      await this.accountRows.changeChannel(tx, account.id, {
        templatesDueAt: new Date(now.getTime() + EVERY_MS),
        templatesReadAt: now,
        templatesFailure: null,
      });
    });
  }
}

/** The next page's cursor while Graph says that there is one. Its link is not followed: it could lead anywhere. */
function nextCursor(answer: Json): string | null {
  const paging = recordAt(answer, 'paging');
  return textAt(paging, 'next') === null ? null : textAt(recordAt(paging, 'cursors'), 'after');
}

function templateOf(given: Json): RemoteTemplate[] {
  const [remoteId, name, language, status] = ['id', 'name', 'language', 'status'].map((key) =>
    textAt(given, key),
  );
  if (!remoteId || !name || !language || !status) return [];
  return [
    {
      remoteId,
      name,
      language,
      status,
      category: textAt(given, 'category') ?? 'UNKNOWN',
      parameterFormat: given['parameter_format'] === 'NAMED' ? 'NAMED' : 'POSITIONAL',
      components: recordsAt(given, 'components').flatMap(componentOf),
    },
  ];
}

function componentOf(given: Json): TemplateComponent[] {
  const type = textAt(given, 'type');
  if (!type) return [];
  const text = textAt(given, 'text');
  const format = textAt(given, 'format');
  const buttons = Array.isArray(given['buttons'])
    ? given['buttons'].filter(isRecord).map(buttonOf)
    : undefined;
  return [
    { type, ...(format ? { format } : {}), ...(text ? { text } : {}), ...(buttons ? { buttons } : {}) },
  ];
}

function buttonOf(given: Json): { type: string; text: string; url?: string } {
  const url = textAt(given, 'url');
  return {
    type: textAt(given, 'type') ?? 'UNKNOWN',
    text: textAt(given, 'text') ?? '',
    ...(url ? { url } : {}),
  };
}
