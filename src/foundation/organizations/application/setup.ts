import { Injectable } from '@nestjs/common';
import { ConfigurationFault } from '../../../platform/config/settings.js';
import { checked, checkedList, type Checked } from '../../../platform/config/checked.js';
import { systemContext, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Events } from '../../../platform/jobs/events.js';
import { OrganizationChanged } from '../events.js';
import { OrganizationsRepository } from '../infrastructure/organizations.repository.js';
import { OrganizationSetup } from './setup.dto.js';

/** A part of the setup file that another module owns. */
export interface SetupSection<T> {
  key: 'ehr' | 'whatsapp' | 'reminders' | 'quietHours';
  /** Lists all faults at once, each beginning with its path `at`. An absent section is `undefined`. */
  parse(value: unknown, at: string): Checked<T>;
  /** Idempotent, and without network: probing comes later by the module's own loop. */
  apply(ctx: TxContext, value: T): Promise<void>;
}

export interface SetupReport {
  organizations: { slug: string; created: boolean }[];
}

interface Parsed {
  organization: OrganizationSetup;
  sections: { section: SetupSection<unknown>; value: unknown }[];
}

/** The setup file: each module checks and applies its own part, and nothing is applied while anything is wrong. */
@Injectable()
export class Setup {
  private readonly sections = new Map<string, SetupSection<unknown>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly repository: OrganizationsRepository,
    private readonly events: Events,
  ) {}

  register(section: SetupSection<unknown>): void {
    this.sections.set(section.key, section);
  }

  check(document: unknown): string[] {
    const parsed = this.parse(document);
    return 'faults' in parsed ? parsed.faults : [];
  }

  async apply(document: unknown): Promise<SetupReport> {
    const parsed = this.parse(document);
    if ('faults' in parsed) throw new ConfigurationFault(parsed.faults);
    const organizations = [];
    for (const one of parsed.value) organizations.push(await this.applyOne(one));
    return { organizations };
  }

  private async applyOne({ organization, sections }: Parsed): Promise<{ slug: string; created: boolean }> {
    const { id, created } = await this.transactions.directory((tx) =>
      this.repository.claimSlug(tx, organization.slug),
    );
    await this.transactions.run(systemContext(id, 'setup'), async (ctx) => {
      const changed = await this.repository.save(ctx, organization);
      if (changed) await this.events.publish(ctx, OrganizationChanged, [id]);
      for (const { section, value } of sections) await section.apply(ctx, value);
    });
    return { slug: organization.slug, created };
  }

  private parse(document: unknown): Checked<Parsed[]> {
    if (typeof document !== 'object' || document === null || !('organizations' in document)) {
      return { faults: ['The setup file needs a list organizations.'] };
    }
    const parsed = checkedList(document.organizations, 'organizations', (value, at) =>
      this.parseOne(value, at),
    );
    if ('faults' in parsed) return parsed;
    const twice = duplicates(parsed.value.map(({ organization }) => organization.slug));
    return twice.length > 0 ? { faults: twice.map((slug) => `The slug ${slug} is used twice.`) } : parsed;
  }

  private parseOne(value: unknown, at: string): Checked<Parsed> {
    if (typeof value !== 'object' || value === null) return { faults: [`${at} must be a mapping.`] };
    const mine = Object.entries(value).filter(([key]) => !this.sections.has(key));
    const organization = checked(OrganizationSetup, Object.fromEntries(mine), at);
    const faults =
      'faults' in organization ? [...organization.faults] : agesOutOfOrder(organization.value, at);
    const sections = [];
    for (const section of this.sections.values()) {
      const parsed = section.parse((value as Record<string, unknown>)[section.key], `${at}.${section.key}`);
      if ('faults' in parsed) faults.push(...parsed.faults);
      else sections.push({ section, value: parsed.value });
    }
    if ('faults' in organization || faults.length > 0) return { faults };
    return { value: { organization: organization.value, sections } };
  }
}

function agesOutOfOrder({ majorityAge, confidentialFrom }: OrganizationSetup, at: string): string[] {
  const isSound = confidentialFrom === null || confidentialFrom <= majorityAge;
  return isSound ? [] : [`${at}.confidentialFrom must not be above majorityAge.`];
}

function duplicates(values: string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
