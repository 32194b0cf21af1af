import { Injectable } from '@nestjs/common';
import type { Context, TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { bestLanguage, isUsable, parametersOf, quickRepliesOf } from '../domain/template.js';
import { AccountsRepository } from '../infrastructure/accounts.repository.js';
import type { TemplateEntity } from '../infrastructure/template.entity.js';
import { TemplatesRepository } from '../infrastructure/templates.repository.js';

export interface OfferedTemplate {
  /** The account whose template it is: a send must name it, since each business account has templates of its own. */
  accountId: Uuid;
  name: string;
  /** As Meta names it: `pt_BR`. */
  language: string;
  /** How many values the body takes. */
  parameters: number;
  /** How many quick replies it has. */
  buttons: number;
}

@Injectable()
export class Templates {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: AccountsRepository,
    private readonly repository: TemplatesRepository,
  ) {}

  offer(ctx: Context, name: string, languages: readonly string[]): Promise<OfferedTemplate | null> {
    return this.transactions.run(ctx, async (tx) => {
      const [account] = await this.accounts.active(tx);
      if (!account) return null;
      const usable = (await this.named(tx, [account.businessAccountId], [name])).filter(isUsable);
      const language = bestLanguage(
        usable.map((template) => template.language),
        languages,
      );
      const template = usable.find((one) => one.language === language);
      if (!template) return null;
      const { length: parameters } = parametersOf(template);
      const { length: buttons } = quickRepliesOf(template);
      return { accountId: account.id, name, language: template.language, parameters, buttons };
    });
  }

  named(
    tx: TxContext,
    businessAccountIds: readonly string[],
    names: readonly string[],
  ): Promise<TemplateEntity[]> {
    return this.repository.named(tx, businessAccountIds, names);
  }
}
