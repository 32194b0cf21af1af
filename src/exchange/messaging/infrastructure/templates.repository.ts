import { Injectable } from '@nestjs/common';
import type { TxContext } from '../../../platform/context/context.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { CursorKey } from '../../../platform/http/paging.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Template } from '../domain/template.js';
import { TemplateEntity } from './template.entity.js';

/** A template as Graph lists it. */
export interface RemoteTemplate extends Omit<Template, 'suspendedCode'> {
  remoteId: string;
  category: string;
}

@Injectable()
export class TemplatesRepository {
  list(ctx: TxContext, after: CursorKey | null, limit: number): Promise<TemplateEntity[]> {
    const query = managerOf(ctx)
      .createQueryBuilder(TemplateEntity, 'template')
      .where('template.organizationId = :organization', { organization: ctx.organizationId })
      .orderBy({ 'template.name': 'ASC', 'template.language': 'ASC', 'template.id': 'ASC' })
      .limit(limit);
    if (after) {
      query.andWhere('(template.name, template.language, template.id) > (:name, :language, :id)', {
        name: after[0],
        language: after[1],
        id: after[2],
      });
    }
    return query.getMany();
  }

  named(
    ctx: TxContext,
    businessAccountIds: readonly string[],
    names: readonly string[],
  ): Promise<TemplateEntity[]> {
    return managerOf(ctx)
      .createQueryBuilder(TemplateEntity, 'template')
      .where('template.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere('template.businessAccountId = any(:businesses) and template.name = any(:names)', {
        businesses: businessAccountIds,
        names,
      })
      .orderBy({ 'template.name': 'ASC', 'template.language': 'ASC' })
      .getMany();
  }

  /** Makes our copy equal to Meta's list: what Meta no longer lists is DELETED, what it lists is trusted again. */
  async replace(ctx: TxContext, businessAccountId: string, listed: readonly RemoteTemplate[]): Promise<void> {
    await sql(
      ctx,
      `insert into messaging.template
         (organization_id, id, business_account_id, remote_id, name, language, status, category, parameter_format,
          components, read_at)
       select $1, t.id, $2, t.remote_id, t.name, t.language, t.status, t.category, t.parameter_format, t.components,
              platform.now()
         from jsonb_to_recordset($3::jsonb) as t(id uuid, remote_id text, name text, language text, status text,
              category text, parameter_format text, components jsonb)
       on conflict (organization_id, business_account_id, name, language) do update
         set remote_id = excluded.remote_id, status = excluded.status, category = excluded.category,
             parameter_format = excluded.parameter_format, components = excluded.components, suspended_code = null,
             read_at = excluded.read_at, version = messaging.template.version + 1`,
      [ctx.organizationId, businessAccountId, JSON.stringify(listed.map(asRow))],
    );
    await sql(
      ctx,
      `update messaging.template set status = 'DELETED', version = version + 1
        where organization_id = $1 and business_account_id = $2 and status <> 'DELETED'
          and not exists (select from jsonb_to_recordset($3::jsonb) as t(name text, language text)
                           where t.name = template.name and t.language = template.language)`,
      [ctx.organizationId, businessAccountId, JSON.stringify(listed.map(asRow))],
    );
  }

  /** A send showed that it cannot be used: no more attempts until it is read again. */
  async suspend(
    ctx: TxContext,
    template: { businessAccountId: string; name: string; language: string; code: number },
  ) {
    await managerOf(ctx).update(
      TemplateEntity,
      {
        organizationId: ctx.organizationId,
        businessAccountId: template.businessAccountId,
        name: template.name,
        language: template.language,
      },
      { suspendedCode: template.code },
    );
  }

  /** The next reading of these accounts' templates is due now. `null`: of all. */
  async setDue(ctx: TxContext, accountIds: readonly Uuid[] | null): Promise<void> {
    await sql(
      ctx,
      `update messaging.channel set templates_due_at = platform.now()
        where organization_id = $1 and ($2::uuid[] is null or account_id = any($2))`,
      [ctx.organizationId, accountIds],
    );
  }
}

function asRow(template: RemoteTemplate): object {
  return {
    id: newId(),
    remote_id: template.remoteId,
    name: template.name,
    language: template.language,
    status: template.status,
    category: template.category,
    parameter_format: template.parameterFormat,
    components: template.components,
  };
}
