import type { Appointment } from 'fhir/r4.js';
import { BEGIN, type Hospital, openHospital } from './hospital.js';
import { bundle, type OddRequest, outcome, PATIENT, startOddEhr, statement, visit } from './odd-ehr.js';

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

export const at = (days: number): string => new Date(BEGIN.getTime() + days * DAY_MS + HOUR_MS).toISOString();

export const atPlace = (id: string, days: number, place: string): Appointment =>
  visit(id, at(days), {
    participant: [
      { actor: { reference: 'Patient/1' }, status: 'accepted' },
      { actor: { reference: place }, status: 'accepted' },
    ],
  });

/** Whether the days that a search names hold this visit. */
export function holds({ query }: Pick<OddRequest, 'query'>, { start }: Appointment): boolean {
  return query.getAll('date').every((limit) => {
    const edge = Date.parse(limit.slice(2));
    return limit.startsWith('ge') ? Date.parse(start!) >= edge : Date.parse(start!) < edge;
  });
}

type Odd = (request: OddRequest) => { status?: number; body: unknown } | undefined;

export type ScannedEhr = Awaited<ReturnType<typeof startScannedEhr>>;

/** An EHR that can be searched by days, place and patient, and answers otherwise where a test says so. */
export async function startScannedEhr() {
  const ehr = await startOddEhr(BEGIN);
  let hospital: Hospital | null = null;

  function usual(request: OddRequest): { status?: number; body: unknown } {
    const [type, id] = request.path.split('/');
    if (type === 'metadata')
      return { body: withReads(statement(['date', 'location', 'practitioner', 'patient'])) };
    if (type === 'Patient') return { body: { ...PATIENT, id } };
    if (type === 'Location' && id) return { body: { resourceType: 'Location', id } };
    if (type !== 'Appointment') return { status: 400, body: outcome('not-supported', 'error') };
    const row = scanned.rows.find((one) => one.id === id);
    if (id) return row ? { body: row } : { status: 404, body: outcome('not-found', 'error') };
    const place = ['location', 'practitioner', 'patient'].flatMap((name) => request.query.get(name) ?? [])[0];
    const names = (one: Appointment): boolean =>
      !place || one.participant.some(({ actor }) => actor?.reference === place);
    return { body: bundle(scanned.rows.filter((one) => holds(request, one) && names(one))) };
  }

  const scanned = {
    /** The visits that it has. */
    rows: [] as Appointment[],
    /** What it answers instead, where it does. */
    odd: (() => undefined) as Odd,
    requests: ehr.requests,
    searches: () => ehr.requests.filter(({ path }) => path === 'Appointment'),
    /** A hospital on this EHR, whose live test is over: what follows are a scan's own searches. */
    open: async (settings: Record<string, unknown> = {}): Promise<Hospital> => {
      hospital = await openHospital('st-marys', { baseUrl: ehr.baseUrl, ...settings });
      await hospital.fhir.capabilities(hospital.ctx, hospital.connectionId);
      ehr.requests.length = 0;
      return hospital;
    },
    /** FHIR ids of the visits that are known and there. */
    known: async (): Promise<string[]> =>
      (
        await hospital!.rows<{ id: string }>(
          `select fhir_id as id from fhir.resource where type = 'Appointment' and gone_at is null order by 1`,
        )
      ).map(({ id }) => id),
    close: async (): Promise<void> => {
      await hospital?.close();
      await ehr.close();
    },
  };
  ehr.answer((request) => scanned.odd(request) ?? usual(request));
  return scanned;
}

function withReads(body: ReturnType<typeof statement>): object {
  const read = [{ code: 'read' as const }, { code: 'search-type' as const }];
  body.rest![0]!.resource!.push({ type: 'Location', interaction: read });
  return body;
}
