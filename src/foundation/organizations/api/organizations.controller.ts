import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { systemContext, type Context } from '../../../platform/context/context.js';
import { notFound } from '../../../platform/errors/fault.js';
import { PublicId } from '../../../platform/http/public-id.pipe.js';
import { RequireInstallationScope, RequireScope } from '../../../platform/http/policy.js';
import { Ctx, Visible, type VisibleOrganizations } from '../../../platform/http/request-context.js';
import { publicId, type Uuid } from '../../../platform/ids/ids.js';
import type { Organization } from '../domain/organization.js';
import { OrganizationsFacade } from '../organizations.facade.js';
import { OrganizationDto, OrganizationPageDto } from './organizations.dto.js';

@ApiTags('organizations')
@Controller('v1/organizations')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsFacade) {}

  /** The hospitals that this key may see. */
  @Get()
  @RequireInstallationScope('organizations:read')
  async list(@Visible() visible: VisibleOrganizations): Promise<OrganizationPageDto> {
    const found = [];
    for (const id of visible.organizationIds) {
      found.push(
        await this.organizations.current({ ...systemContext(id, visible.actor.id), actor: visible.actor }),
      );
    }
    return { data: found.map(show), next_cursor: null };
  }

  @Get(':id')
  @RequireScope('organizations:read')
  async get(
    @Ctx() ctx: Context,
    @Param('id', new PublicId('org', 'organization')) id: Uuid,
  ): Promise<OrganizationDto> {
    if (id !== ctx.organizationId) throw notFound('organization');
    return show(await this.organizations.current(ctx));
  }
}

function show(organization: Organization): OrganizationDto {
  return {
    id: publicId('org', organization.id),
    slug: organization.slug,
    name: organization.name,
    time_zone: organization.timeZone,
    country: organization.country,
    languages: organization.languages,
    majority_age: organization.majorityAge,
    confidential_from: organization.confidentialFrom,
  };
}
