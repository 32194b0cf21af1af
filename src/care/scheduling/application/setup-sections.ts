import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { checked, checkedList, type Checked } from '../../../platform/config/checked.js';
import type { TxContext } from '../../../platform/context/context.js';
import { afterCommit } from '../../../platform/database/transactions.js';
import { Loops } from '../../../platform/jobs/loops.js';
import type { QuietHours } from '../domain/quiet-hours.policy.js';
import type { Rule } from '../domain/rule.policy.js';
import { AppointmentsRepository } from '../infrastructure/appointments.repository.js';
import { RulesRepository } from '../infrastructure/rules.repository.js';
import { PLAN_LOOP } from './loop-names.js';
import { QuietHoursSetup, ReminderSetup } from './setup.dto.js';

/** The parts of the setup file that are scheduling's: `reminders` and `quietHours`. An absent part changes nothing. */
@Injectable()
export class SetupSections {
  constructor(
    private readonly organizations: OrganizationsFacade,
    private readonly rules: RulesRepository,
    private readonly appointments: AppointmentsRepository,
    private readonly loops: Loops,
  ) {}

  register(): void {
    this.organizations.registerSetupSection<Rule[] | null>({
      key: 'reminders',
      parse: parseReminders,
      apply: async (ctx, rules) => {
        if (rules && (await this.rules.replace(ctx, rules))) await this.replan(ctx);
      },
    });
    this.organizations.registerSetupSection<QuietHours | null>({
      key: 'quietHours',
      parse: parseQuietHours,
      apply: async (ctx, quiet) => {
        if (quiet && (await this.rules.saveQuietHours(ctx, quiet))) await this.replan(ctx);
      },
    });
  }

  private async replan(ctx: TxContext): Promise<void> {
    await this.appointments.planAll(ctx);
    afterCommit(ctx, () => void this.loops.wake(PLAN_LOOP));
  }
}

export function parseReminders(value: unknown, at: string): Checked<Rule[] | null> {
  if (value === undefined || value === null) return { value: null };
  const list = checkedList(value, at, (one, path) => checked(ReminderSetup, one, path));
  if ('faults' in list) return list;
  const keys = list.value.map(({ key }) => key);
  const twice = [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
  if (twice.length > 0) return { faults: twice.map((key) => `${at}: the key ${key} stands there twice.`) };
  return { value: list.value.map((one) => ({ ...one, pending: one.pending ?? false })) };
}

export function parseQuietHours(value: unknown, at: string): Checked<QuietHours | null> {
  if (value === undefined || value === null) return { value: null };
  const quiet = checked(QuietHoursSetup, value, at);
  return 'faults' in quiet ? quiet : { value: { from: quiet.value.from, to: quiet.value.to } };
}
