import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../../platform/database/transaction.js';
import { managerOf, sql } from '../../../platform/database/transactions.js';
import type { TxContext } from '../../../platform/context/context.js';
import { newId, type Uuid } from '../../../platform/ids/ids.js';
import type { Facility, Organization } from '../domain/organization.js';
import { FacilityEntity, OrganizationDirectoryEntity, OrganizationEntity } from './organization.entity.js';

type NewOrganization = Omit<Organization, 'id' | 'version'>;

@Injectable()
export class OrganizationsRepository {
  current(ctx: TxContext): Promise<Organization | null> {
    return managerOf(ctx).findOneBy(OrganizationEntity, { id: ctx.organizationId });
  }

  async facilityOf(ctx: TxContext, location: string | null): Promise<Facility | null> {
    const [row] = await managerOf(ctx)
      .createQueryBuilder(FacilityEntity, 'facility')
      .where('facility.organizationId = :organization', { organization: ctx.organizationId })
      .andWhere(`facility.location in (:location, '')`, { location: location ?? '' })
      .orderBy('facility.location', 'DESC')
      .limit(1)
      .getMany();
    return row ? { id: row.id, name: row.name, timeZone: row.timeZone } : null;
  }

  /** Zones of facilities by location; the hospital's own stands under an empty text. */
  async zonesOf(ctx: TxContext, locations: readonly string[]): Promise<Map<string, string>> {
    const rows = await sql<{ location: string; time_zone: string }>(
      ctx,
      `select location, time_zone from organizations.facility
        where organization_id = $1 and (location = any($2) or location = '')`,
      [ctx.organizationId, locations],
    );
    return new Map(rows.map(({ location, time_zone }) => [location, time_zone]));
  }

  async directory(ctx: { tx: Transaction }): Promise<{ id: Uuid; slug: string }[]> {
    const rows = await managerOf(ctx).find(OrganizationDirectoryEntity, { order: { organizationId: 'ASC' } });
    return rows.map((row) => ({ id: row.organizationId, slug: row.slug }));
  }

  /** The id of a slug, made when the slug is new. */
  async claimSlug(ctx: { tx: Transaction }, slug: string): Promise<{ id: Uuid; created: boolean }> {
    const id = newId();
    const made = await sql<{ id: Uuid }>(
      ctx,
      `insert into organizations.directory (organization_id, slug) values ($1, $2)
       on conflict (slug) do nothing returning organization_id as id`,
      [id, slug],
    );
    if (made.length > 0) return { id, created: true };
    const known = await managerOf(ctx).findOneByOrFail(OrganizationDirectoryEntity, { slug });
    return { id: known.organizationId, created: false };
  }

  /** Writes the hospital and its own facility. Returns whether anything changed; only then the version rises. */
  async save(ctx: TxContext, organization: NewOrganization): Promise<boolean> {
    const { slug, name, timeZone, country, languages, majorityAge, confidentialFrom } = organization;
    const written = await sql(
      ctx,
      `insert into organizations.organization as o
         (organization_id, slug, name, time_zone, country, languages, majority_age, confidential_from)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (organization_id) do update
          set slug = $2, name = $3, time_zone = $4, country = $5, languages = $6, majority_age = $7,
              confidential_from = $8, version = o.version + 1
        where (o.slug, o.name, o.time_zone, o.country, o.languages, o.majority_age, o.confidential_from)
              is distinct from ($2, $3, $4, $5, $6::text[], $7::int, $8::int)
       returning 1`,
      [ctx.organizationId, slug, name, timeZone, country, languages, majorityAge, confidentialFrom],
    );
    await sql(
      ctx,
      `insert into organizations.facility (organization_id, id, name, time_zone, location)
       values ($1, $2, $3, $4, '')
       on conflict (organization_id, location) do update set name = $3, time_zone = $4`,
      [ctx.organizationId, newId(), name, timeZone],
    );
    return written.length > 0;
  }
}
