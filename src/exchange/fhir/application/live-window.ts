import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4.js';
import { OrganizationsFacade } from '../../../foundation/organizations/index.js';
import { nowIn } from '../../../platform/clock/clock.js';
import type { Context } from '../../../platform/context/context.js';
import { Transactions } from '../../../platform/database/transactions.js';
import type { Uuid } from '../../../platform/ids/ids.js';
import { isQuiet } from '../domain/bands.js';
import { basesOf } from '../domain/connection.js';
import { derivedId } from '../domain/derived-id.js';
import { noFigures } from '../domain/figures.js';
import { sortRows } from '../domain/incoming.js';
import { withOwnReferences } from '../domain/own-references.js';
import { keyText } from '../domain/reference.js';
import type { FhirRow } from '../domain/rows.js';
import { stampOf } from '../domain/stamp.js';
import {
  type Cause,
  MANY_PLACES,
  PLACES_UNKNOWN,
  type UnreadVisit,
  type UnseenDays,
} from '../domain/unseen.js';
import type { Span } from '../domain/windows.js';
import { Clients } from '../infrastructure/clients.js';
import { FhirFault } from '../infrastructure/fhir-fault.js';
import { ResourcesRepository } from '../infrastructure/resources.repository.js';
import { causeOf, type Look, readUnseen, searchPlaces, startOf } from './live-search.js';
import { Places } from './places.js';
import { Probe } from './probe.js';

export interface LiveVisit extends FhirRow<Appointment> {
  /** When the EHR changed it; null when it does not say. */
  changedAt: Date | null;
}

/** A visit of the EHR that cannot be used. */
interface UnusableVisit {
  /** `Appointment/1` */
  reference: string;
  /** The code of a row's check. */
  reason: string;
  /** Null when it has none that can be read. */
  startsAt: Date | null;
}

/** A visit that is known and that the EHR keeps from us: `restricted` behind break-the-glass, so that it is not even asked for. */
interface HiddenVisit {
  /** `Appointment/1` */
  reference: string;
  reason: 'forbidden' | 'restricted';
}

/** What an EHR has in a window of time now. */
export interface LiveWindowRows {
  /** Those that begin in it, and those known to, wherever they are now. A visit that the EHR has no more is not among them. */
  visits: LiveVisit[];
  unusable: UnusableVisit[];
  hidden: HiddenVisit[];
  /** What the EHR did not, or may not, have shown: where both are empty, the rest is all that it has. */
  unseen: UnseenDays[];
  unread: UnreadVisit[];
  /** The EHR's own clock at the first answer; null when it tells none. */
  askedAt: Date | null;
}

/** Asks an EHR for the visits of some days as it has them now, by the searches of a scan. Nothing is taken in. */
@Injectable()
export class LiveWindow {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: Clients,
    private readonly probe: Probe,
    private readonly places: Places,
    private readonly resources: ResourcesRepository,
    private readonly organizations: OrganizationsFacade,
  ) {}

  /** Throws not-found, `fhir.paused`, and what a search or a read throws when the EHR answers none of them. */
  async run(ctx: Context, connectionId: Uuid, days: Span): Promise<LiveWindowRows> {
    const capabilities = await this.probe.capabilities(ctx, connectionId);
    const connected = await this.clients.of(ctx, connectionId);
    const { known, restricted } = await this.transactions.run(ctx, async (tx) => ({
      known: new Set(await this.resources.startingIn(tx, connectionId, days)),
      restricted: await this.resources.restrictedIn(tx, connectionId, days),
    }));
    const look: Look = { connected, capabilities, days, known, ...nothingYet() };
    if (capabilities.scanBy !== 'known') await searchPlaces(look, await this.placesOf(ctx, look));
    await readUnseen(look);
    if (look.fault && !look.answered) throw look.fault;
    return this.rowsOf(ctx, look, restricted);
  }

  /** Whether this EHR is not to be asked now unless somebody wants it. No network. Throws not-found. */
  async isQuiet(ctx: Context, connectionId: Uuid): Promise<boolean> {
    const { quietHours } = (await this.clients.evenPaused(ctx, connectionId)).connection;
    if (quietHours === null) return false;
    const { timeZone } = await this.organizations.current(ctx);
    return isQuiet(await this.transactions.run(ctx, nowIn), timeZone, quietHours);
  }

  /** All that the EHR tells of, also those that no scan has met: a visit there would be missed by every scan. */
  private async placesOf(ctx: Context, look: Look): Promise<string[]> {
    const { connected, capabilities, days } = look;
    const figures = noFigures(capabilities.syncStrategy, 'all');
    const keep = (): Promise<void> => Promise.resolve();
    const wish = { ctx, connected, capabilities, horizon: days, figures, keep };
    const everywhere = (cause: Cause): void => void look.unseen.push({ place: '', ...days, cause });
    try {
      return await this.places.of({ ...wish, band: 'all' });
    } catch (error) {
      if (!(error instanceof FhirFault)) throw error;
      everywhere(causeOf(error));
      // Those that are known are better than none.
      return await this.places.of({ ...wish, band: 'near' });
    } finally {
      if (!figures.complete) everywhere(PLACES_UNKNOWN);
      if (figures.warnings.includes('many-places')) everywhere(MANY_PLACES);
    }
  }

  private async rowsOf(ctx: Context, look: Look, restricted: readonly string[]): Promise<LiveWindowRows> {
    const { connected, known, forbidden, unseen, unread, askedAt } = look;
    const connectionId = connected.connection.id;
    // A search may show what a read would not.
    const found = look.found.filter(({ id }) => !restricted.includes(id!));
    const bases = basesOf(connected.connection);
    const { rows, bad } = sortRows(found, bases);
    // A visit without a start stands nowhere: it matters where one was known.
    const wanted = rows.filter(({ fhirId, startsAt }) => startsAt !== null || known.has(fhirId));
    const ids = await this.transactions.run(ctx, (tx) =>
      this.resources.idsOf(
        tx,
        { connectionId, type: 'Appointment' },
        wanted.map(({ fhirId }) => fhirId),
      ),
    );
    const starts = new Map(found.map((one) => [one.id, startOf(one)]));
    return {
      visits: wanted.map(({ fhirId, versionId, resource }) => ({
        resourceId: ids.get(fhirId) ?? derivedId(connectionId, 'Appointment', fhirId),
        connectionId,
        fhirId,
        versionId,
        resource: withOwnReferences(resource as Appointment, bases),
        changedAt: stampOf(resource).lastUpdated,
      })),
      unusable: bad.map(({ fhirId, reason }) => ({
        reference: referenceOf(fhirId),
        reason,
        startsAt: starts.get(fhirId) ?? null,
      })),
      hidden: [
        ...forbidden.map((fhirId) => hiddenOf(fhirId, 'forbidden')),
        ...restricted.map((fhirId) => hiddenOf(fhirId, 'restricted')),
      ],
      unseen,
      unread,
      askedAt,
    };
  }
}

function nothingYet(): Pick<
  Look,
  'found' | 'forbidden' | 'unseen' | 'unread' | 'askedAt' | 'fault' | 'answered' | 'silence'
> {
  const lists = { found: [], forbidden: [], unseen: [], unread: [] };
  return { ...lists, askedAt: null, fault: null, answered: false, silence: 0 };
}

function hiddenOf(fhirId: string, reason: HiddenVisit['reason']): HiddenVisit {
  return { reference: referenceOf(fhirId), reason };
}

function referenceOf(id: string): string {
  return keyText({ type: 'Appointment', id });
}
