import { Injectable } from '@nestjs/common';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { type Place, VaultFacade } from '../../../foundation/vault/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import { type Context, detached, type TxContext } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import { Fault } from '../../../platform/errors/fault.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Log } from '../../../platform/logging/log.js';
import { FhirFacade } from '../../fhir/index.js';
import type { CareTeam, CareTeams } from '../domain/care-team.js';
import type { Patient } from '../domain/patient.js';
import { careTeamOf } from '../infrastructure/care-team.fhir-mapper.js';
import type { CareTeamsEntity } from '../infrastructure/care-teams.entity.js';
import { CareTeamsRepository } from '../infrastructure/care-teams.repository.js';
import { Directory, subjectOf } from './directory.js';
import { unlessErased } from './erased.js';

/** Teams change over weeks; nobody is asked about a patient of whom nobody asks. */
const FRESH_HOURS = 24;

/** Who treats a patient, as the EHR says it: asked when somebody wants to know. */
@Injectable()
export class CareTeamsOf {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: CareTeamsRepository,
    private readonly directory: Directory,
    private readonly fhir: FhirFacade,
    private readonly vault: VaultFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly log: Log,
  ) {}

  /** Of all these records of one person. An EHR that is away leaves what it said before. */
  async run(caller: Context, recordIds: readonly Uuid[]): Promise<CareTeams> {
    const ctx = detached(caller);
    const stale = await this.transactions.run(ctx, (tx) => this.repository.stale(tx, recordIds, FRESH_HOURS));
    const patients = await this.directory.getMany(ctx, stale);
    for (const patient of patients.values()) await this.look(ctx, patient);
    return this.transactions.run(ctx, (tx) => this.known(tx, recordIds));
  }

  private async look(ctx: Context, patient: Patient): Promise<void> {
    try {
      const teams = await this.ask(ctx, patient);
      await this.transactions.run(ctx, async (tx) => {
        const sealed = teams && (await this.seal(tx, patient.id, teams));
        await this.repository.save(tx, patient.id, sealed);
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.log.warn('patients.care-teams-unread', {
        organization_id: ctx.organizationId,
        id: patient.id,
        code: error.code,
      });
    }
  }

  /** Null: this EHR offers no CareTeam. */
  private async ask(ctx: Context, { connectionId, fhirId }: Patient): Promise<CareTeam[] | null> {
    const { reads } = await this.fhir.capabilities(ctx, connectionId);
    if (!reads.includes('CareTeam')) return null;
    const patient = `Patient/${fhirId}`;
    const found = await this.fhir.search(ctx, connectionId, 'CareTeam', { patient });
    const now = await this.transactions.run(ctx, nowIn);
    const { timeZone } = await this.organizations.current(ctx);
    return found
      .filter(({ subject }) => `/${subject?.reference ?? ''}`.endsWith(`/${patient}`))
      .flatMap((team) => careTeamOf(team, { now, timeZone }) ?? []);
  }

  private seal(tx: TxContext, id: Uuid, teams: CareTeam[]): Promise<Buffer> {
    return this.vault.seal(tx, subjectOf(id), placeOf(id), JSON.stringify(teams));
  }

  private async known(tx: TxContext, recordIds: readonly Uuid[]): Promise<CareTeams> {
    const rows = await this.repository.of(tx, recordIds);
    const asked = rows.map(({ askedAt }) => askedAt.getTime());
    const opened: CareTeam[][] = [];
    for (const row of rows) opened.push(await this.open(tx, row));
    return {
      offered: rows.some(({ sealed }) => sealed !== null),
      // Of several records the one of whom was asked longest ago.
      asOf: asked.length > 0 ? new Date(Math.min(...asked)) : null,
      teams: opened.flat(),
    };
  }

  private async open(tx: TxContext, { patientId, sealed }: CareTeamsEntity): Promise<CareTeam[]> {
    if (sealed === null) return [];
    const open = () => this.vault.openText(tx, subjectOf(patientId), placeOf(patientId), sealed);
    const text = await unlessErased(open);
    return text === null ? [] : (JSON.parse(text) as CareTeam[]);
  }
}

const placeOf = (row: Uuid): Place => ({ table: 'patients.care_teams', column: 'sealed', row });
