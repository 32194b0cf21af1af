import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Loops } from '../../platform/jobs/loops.js';
import { OrganizationsController } from './api/organizations.controller.js';
import { Setup } from './application/setup.js';
import {
  FacilityEntity,
  OrganizationDirectoryEntity,
  OrganizationEntity,
} from './infrastructure/organization.entity.js';
import { OrganizationsRepository } from './infrastructure/organizations.repository.js';
import { OrganizationsFacade } from './organizations.facade.js';

@Module({
  imports: [TypeOrmModule.forFeature([OrganizationEntity, FacilityEntity, OrganizationDirectoryEntity])],
  controllers: [OrganizationsController],
  providers: [OrganizationsFacade, OrganizationsRepository, Setup],
  exports: [OrganizationsFacade],
})
export class OrganizationsModule implements OnModuleInit {
  constructor(
    private readonly loops: Loops,
    private readonly organizations: OrganizationsFacade,
  ) {}

  onModuleInit(): void {
    this.loops.useOrganizations(async () => (await this.organizations.all()).map(({ id }) => id));
  }
}
