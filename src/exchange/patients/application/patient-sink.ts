import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Patient as FhirPatient } from 'fhir/r4.js';
import { type Organization, OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { type Keys, VaultFacade } from '../../../foundation/vault/index.js';
import type { TxContext } from '../../../platform/context/context.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { Events } from '../../../platform/jobs/events.js';
import { FhirFacade, type FhirPage, type FhirRow } from '../../fhir/index.js';
import { type Link, linksAfter } from '../domain/links.policy.js';
import { isDeceased, languageOf, namesIn } from '../domain/person.policy.js';
import { type ListedNumber, reachableAt } from '../domain/telecom.policy.js';
import { AddressChanged, PatientLinked, ReplacementClaimed } from '../events.js';
import { AddressesRepository } from '../infrastructure/addresses.repository.js';
import { ErasedRepository } from '../infrastructure/erased.repository.js';
import { type LocalDay, localDayOf } from '../infrastructure/local-day.js';
import { type PatientRow, PatientsRepository } from '../infrastructure/patients.repository.js';
import { Addresses } from './addresses.js';
import { ageColumns } from './coming-of-age.js';
import { ContactReview } from './contact-review.js';
import { Deaths } from './deaths.js';
import { birthDatePlace, namesPlace, subjectOf } from './directory.js';
import { unlessErased } from './erased.js';
import { Merges, type Said } from './merges.js';
import { Replacements } from './replacements.js';

interface Setting {
  organization: Organization;
  day: LocalDay;
  keys: Keys;
}

interface Person {
  row: PatientRow;
  numbers: ListedNumber[];
}

/** Takes the EHR's patients in: what identifies a person is sealed before it is stored. */
@Injectable()
export class PatientSink implements OnModuleInit {
  constructor(
    private readonly fhir: FhirFacade,
    private readonly organizations: OrganizationsFacade,
    private readonly vault: VaultFacade,
    private readonly patients: PatientsRepository,
    private readonly addresses: Addresses,
    private readonly repository: AddressesRepository,
    private readonly review: ContactReview,
    private readonly deaths: Deaths,
    private readonly events: Events,
    private readonly replacements: Replacements,
    private readonly merges: Merges,
    private readonly erased: ErasedRepository,
  ) {}

  onModuleInit(): void {
    this.fhir.onPage('Patient', (ctx, page) => this.take(ctx, page));
  }

  private async take(ctx: TxContext, { connectionId, changed, gone }: FhirPage<FhirPatient>): Promise<void> {
    if (gone.length > 0)
      await this.patients.deactivate(
        ctx,
        gone.map(({ resourceId }) => resourceId),
      );
    if (changed.length === 0) return;
    const said = await this.replacements.in(ctx, changed);
    const joined = await this.merges.concern(ctx, connectionId, said);
    await this.store(ctx, await this.withoutErased(ctx, changed, said));
    if (joined) await this.merges.follow(ctx, connectionId, said);
    await this.events.publish(ctx, ReplacementClaimed, await this.replacements.claimed(ctx, changed));
  }

  /** Without those who are erased, and without those whom the EHR says to be somebody who is. */
  private async withoutErased(
    ctx: TxContext,
    changed: FhirRow<FhirPatient>[],
    said: readonly Said[],
  ): Promise<FhirRow<FhirPatient>[]> {
    const ids = changed.map(({ resourceId }) => resourceId);
    const own = await this.erased.among(ctx, ids);
    const merged = said.flatMap(({ fhirId, into }) => (into === null ? [] : [{ fhirId, into }]));
    const erased =
      merged.length === 0
        ? new Set<string>()
        : await this.erased.references(
            ctx,
            changed[0]!.connectionId,
            merged.map(({ into }) => into),
          );
    const theirs = new Set(merged.filter(({ into }) => erased.has(into)).map(({ fhirId }) => fhirId));
    // Of a record that is known already what is there stays: whether it is erased too is for a person to say.
    return changed.filter(({ resourceId, fhirId }) => !own.has(resourceId) && !theirs.has(fhirId));
  }

  private async store(ctx: TxContext, changed: FhirRow<FhirPatient>[]): Promise<void> {
    if (changed.length === 0) return;
    const organization = await this.organizations.current(ctx);
    const keys = await this.vault.keysFor(
      ctx,
      changed.map(({ resourceId }) => subjectOf(resourceId)),
    );
    const setting = { organization, keys, day: await localDayOf(ctx, organization.timeZone) };
    const people: Person[] = [];
    for (const row of changed) {
      // An erased patient stays erased, whatever the EHR goes on to say.
      const person = await unlessErased(() => personOf(row, setting));
      if (person) people.push(person);
    }
    if (people.length === 0) return;
    // Before the first row is touched: what it locks comes before the rows of patients, and it needs the numbers of before.
    await this.deaths.tell(ctx, idsOf(people.filter(({ row }) => row.deceased)));
    const doubted = await this.patients.reviewsOf(ctx, idsOf(people));
    const saved = await this.patients.save(
      ctx,
      people.map(({ row }) => row),
    );
    const kept = people.filter(({ row }) => saved.has(row.id));
    if (kept.length === 0) return;
    await this.link(ctx, kept);
    await this.review.follow(
      ctx,
      kept.map(({ row }) => row),
      doubted,
    );
  }

  private async link(ctx: TxContext, people: Person[]): Promise<void> {
    const ids = await this.addresses.idsOf(
      ctx,
      people.flatMap(({ numbers }) => numbers.map(({ number }) => number)),
    );
    const present = await this.repository.links(
      ctx,
      people.map(({ row }) => row.id),
    );
    const presentOf = new Map<Uuid, Link[]>(people.map(({ row }) => [row.id, []]));
    for (const link of present) presentOf.get(link.patientId)!.push(link);
    const changes = people.map(({ row, numbers }) => {
      const listed = numbers.map(({ number, ...span }) => ({ addressId: ids.get(number)!, ...span }));
      return { id: row.id, byProxy: row.byProxy, ...linksAfter(row.id, listed, presentOf.get(row.id)!) };
    });
    await this.repository.saveLinks(
      ctx,
      changes.flatMap(({ links }) => links),
    );
    // Parents give their own number for a child: that makes nobody doubt whose it is.
    const grownUp = changes.filter(({ byProxy }) => !byProxy);
    await this.repository.doubt(ctx, [...new Set(grownUp.flatMap(({ fresh }) => fresh))]);
    const left = changes.flatMap(({ links }) => links.filter(({ state }) => state === 'ended'));
    await this.review.settled(
      ctx,
      await this.repository.alone(
        ctx,
        left.map(({ addressId }) => addressId),
      ),
    );
    await this.tell(ctx, changes);
  }

  private async tell(
    ctx: TxContext,
    changes: { id: Uuid; links: unknown[]; fresh: unknown[] }[],
  ): Promise<void> {
    const linked = changes.filter(({ fresh }) => fresh.length > 0).map(({ id }) => id);
    const changed = changes.filter(({ links }) => links.length > 0).map(({ id }) => id);
    await this.events.publish(ctx, PatientLinked, linked);
    await this.events.publish(ctx, AddressChanged, changed);
  }
}

function idsOf(people: readonly Person[]): Uuid[] {
  return people.map(({ row }) => row.id);
}

function personOf(row: FhirRow<FhirPatient>, { organization, day, keys }: Setting): Person {
  const { resourceId: id, resource } = row;
  const birthDate = typeof resource.birthDate === 'string' ? resource.birthDate : null;
  const { numbers, fault, review } = reachableAt(resource, { ...organization, now: day.now });
  const subject = subjectOf(id);
  return {
    numbers,
    row: {
      id,
      connectionId: row.connectionId,
      fhirId: row.fhirId,
      namesSealed: keys.seal(subject, namesPlace(id), JSON.stringify(namesIn(resource))),
      birthDateSealed: birthDate === null ? null : keys.seal(subject, birthDatePlace(id), birthDate),
      language: languageOf(resource),
      deceased: isDeceased(resource),
      active: resource.active !== false,
      ...ageColumns(birthDate, day, organization),
      contactFault: fault,
      contactReview: review,
    },
  };
}
