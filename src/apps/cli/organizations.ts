import type { INestApplicationContext } from '@nestjs/common';
import { OrganizationsFacade } from '../../foundation/organizations/index.js';
import { systemContext, type Context } from '../../platform/context/context.js';
import { notFound } from '../../platform/errors/fault.js';

export interface Chosen {
  slug: string;
  ctx: Context;
}

/** The hospital of that slug, or all of them, by slug. Throws not-found. */
export async function chosenOrganizations(
  product: INestApplicationContext,
  slug?: string,
): Promise<Chosen[]> {
  const all = await product.get(OrganizationsFacade).all();
  const chosen = slug === undefined ? all : all.filter((organization) => organization.slug === slug);
  if (slug !== undefined && chosen.length === 0) throw notFound('organization');
  return chosen
    .map((organization) => ({ slug: organization.slug, ctx: systemContext(organization.id, 'cli') }))
    .sort((a, b) => (a.slug < b.slug ? -1 : 1));
}
