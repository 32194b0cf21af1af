import { Injectable } from '@nestjs/common';
import type { Context } from '../../platform/context/context.js';
import { Transactions } from '../../platform/database/transactions.js';
import { notFound } from '../../platform/errors/fault.js';
import type { Uuid } from '../../platform/ids/ids.js';
import { Setup, type SetupReport, type SetupSection } from './application/setup.js';
import type { Facility, Organization } from './domain/organization.js';
import { OrganizationsRepository } from './infrastructure/organizations.repository.js';

/** Hospitals, their places and their setup file. */
@Injectable()
export class OrganizationsFacade {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: OrganizationsRepository,
    private readonly setup: Setup,
  ) {}

  /** The caller's hospital. Throws not-found. */
  async current(ctx: Context): Promise<Organization> {
    const found = await this.transactions.run(ctx, (tx) => this.repository.current(tx));
    if (!found) throw notFound('organization');
    return found;
  }

  /**
   * The facility of an EHR location (`Location/12`), else the hospital's first one. Every hospital has one:
   * the setup makes it.
   */
  async facilityOf(ctx: Context, location: string | null): Promise<Facility> {
    const facility = await this.transactions.run(ctx, (tx) => this.repository.facilityOf(tx, location));
    if (!facility) throw notFound('facility');
    return facility;
  }

  /** The hospital's own zone, and those of its facilities at these EHR locations (`Location/12`) where it has some. */
  async zonesOf(
    ctx: Context,
    locations: readonly string[],
  ): Promise<{ hospital: string; of: ReadonlyMap<string, string> }> {
    const zones = await this.transactions.run(ctx, (tx) => this.repository.zonesOf(tx, locations));
    const hospital = zones.get('');
    if (hospital === undefined) throw notFound('facility');
    zones.delete('');
    return { hospital, of: zones };
  }

  /** Every hospital of this installation: id and slug, from the directory. */
  all(): Promise<{ id: Uuid; slug: string }[]> {
    return this.transactions.directory((tx) => this.repository.directory(tx));
  }

  /** A module registers the part of the setup file that it owns, while it starts. */
  registerSetupSection<T>(section: SetupSection<T>): void {
    this.setup.register(section as SetupSection<unknown>);
  }

  /** Checks a parsed setup document. Returns every fault, in words, each with its path. */
  checkSetup(document: unknown): string[] {
    return this.setup.check(document);
  }

  /** Applies a parsed setup document; the same document twice changes nothing. Throws ConfigurationFault. */
  applySetup(document: unknown): Promise<SetupReport> {
    return this.setup.apply(document);
  }
}
