import type { Appointment, CapabilityStatement, FhirResource } from 'fhir/r4.js';
import type { Facts, ScanBy } from '../domain/capabilities.js';
import type { Overrides, Proven } from '../domain/capability.policy.js';
import { basesOf } from '../domain/connection.js';
import { includesHonoured, showsOthers } from '../domain/live-answers.js';
import { parseReference } from '../domain/reference.js';
import type { FollowedType } from '../domain/rows.js';
import { scansOfStatement } from '../domain/statement.policy.js';
import type { SearchPage } from '../domain/search-page.js';
import type { Connected } from '../infrastructure/clients.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { ask, type Asked, readOnce } from './ask.js';

/** One question that was put to the EHR, and what came of it. */
export interface TestLine {
  question: string;
  ok: boolean;
  /** Code of what went wrong or is not offered; null when nothing is. */
  fault: string | null;
  words: string;
}

interface Tested {
  lines: TestLine[];
  proven: Proven;
  /** Something was not answered at all: worth asking again before the day is over. */
  unsure: boolean;
}

/** Ids that are known already, to ask with. */
type Samples = Partial<Record<FollowedType, string>>;

interface Plan {
  statement: CapabilityStatement;
  /** What holds so far, by statement, vendor and scopes. */
  facts: Facts;
  settings: Overrides;
  samples: Samples;
  now: Date;
}

const WEEK_MS = 7 * 86_400_000;
const PAGE_SIZE = 100;
/** Nothing has changed since then: an EHR that shows rows has dropped the parameter. */
const FAR_AHEAD = 'ge2100-01-01T00:00:00Z';
/** Nobody's: whoever shows a Communication for it does not look at identifiers. */
const NOBODYS = 'https://carethread.org/probe|none';

/**
 * Proves by a few searches and reads what statements promise and vendors leave out. It never writes, and asks for
 * nothing that nobody says is there. Throws `fhir.unauthorised`: then every other answer would be the same.
 */
export async function liveTest(connected: Connected, plan: Plan): Promise<Tested> {
  const test = new LiveTest(connected, plan);
  await test.run();
  return test.tested;
}

class LiveTest {
  readonly tested: Tested = { lines: [], proven: { facts: {} }, unsure: false };
  private samples: Samples;

  constructor(
    private readonly connected: Connected,
    private readonly plan: Plan,
  ) {
    this.samples = plan.samples;
  }

  async run(): Promise<void> {
    const { facts } = this.plan;
    if (facts.reads.includes('Appointment')) {
      await this.scans();
      await this.changes();
      await this.visit();
    }
    if (facts.reads.includes('Patient')) await this.posts();
    if (facts.communicationCreate) await this.communications();
  }

  /** By what a closed range of days can be searched: the first way that keeps to what it was asked. */
  private async scans(): Promise<void> {
    const { facts, settings, statement } = this.plan;
    const stated = scansOfStatement(statement);
    const wished = settings.scanBy === 'auto' ? facts.scanBy : settings.scanBy;
    if (wished === 'known') return;
    const ways = [...new Set<ScanBy>([wished, ...stated])];
    const outcomes = new Map<ScanBy, Asked['state'] | 'untried'>();
    for (const way of ways) {
      const outcome = await this.scan(way);
      outcomes.set(way, outcome);
      if (outcome === 'answered') break;
    }
    const first = (...states: string[]): ScanBy | undefined =>
      ways.find((way) => states.includes(outcomes.get(way) ?? ''));
    const refused = ways.filter((way) => outcomes.get(way) === 'refused');
    this.tested.proven.refusedScans = refused;
    // Better a way that nobody could try than one that drops the filter, and that than none.
    const way = first('answered') ?? first('untried', 'unanswered') ?? first('ignored') ?? 'known';
    if (first('answered') || refused.includes(wished)) this.tested.proven.facts.scanBy = way;
  }

  private async scan(way: ScanBy): Promise<Asked['state'] | 'untried'> {
    const named = this.nameOf(way);
    if (named === null) return 'untried';
    const { facts, now } = this.plan;
    const span = { from: now, to: new Date(now.getTime() + WEEK_MS) };
    const params: SearchParams = {
      date: [`ge${span.from.toISOString()}`, `lt${span.to.toISOString()}`],
      _count: `${PAGE_SIZE}`,
      ...named,
    };
    const whole = await this.ask('Appointment', { ...params, ...includesIn(facts) });
    const alone =
      whole.state === 'answered' || facts.includes.length === 0
        ? whole
        : await this.ask('Appointment', params);
    const bases = basesOf(this.connected.connection);
    const strays = alone.state === 'answered' && showsOthers(alone.page.resources, { span, named, bases });
    const answer: Asked = strays ? { state: 'ignored' } : alone;
    this.note(`appointment-by-${way}`, answer, {
      ok: `Appointments are found by ${way === 'date' ? 'their days alone' : `${way} and days`}.`,
      refused: `The EHR does not search appointments by ${way} and days.`,
      ignored: `The EHR drops a filter when it searches appointments by ${way} and days: it shows others too.`,
    });
    if (alone.state === 'answered') this.learn(alone.page, whole);
    return answer.state;
  }

  private nameOf(way: ScanBy): SearchParams | null {
    if (way === 'date') return {};
    const { locations, practitioners } = this.connected.connection;
    const known: Record<string, string | undefined> = {
      location: locations[0] ?? this.sample('Location'),
      practitioner: practitioners[0] ?? this.sample('Practitioner'),
      patient: this.sample('Patient'),
    };
    return known[way] === undefined ? null : { [way]: known[way] };
  }

  private sample(type: FollowedType): string | undefined {
    const id = this.samples[type];
    return id && `${type}/${id}`;
  }

  /** Page size, includes, and somebody to ask with. */
  private learn(page: SearchPage, whole: Asked): void {
    const visits = page.resources.filter(isVisit);
    const { facts } = this.plan;
    const bases = basesOf(this.connected.connection);
    const honoured =
      whole.state === 'answered' ? includesHonoured(facts.includes, page.resources, bases) : [];
    if (honoured !== null && facts.includes.length > 0) {
      this.tested.proven.facts.includes = honoured;
      const all = honoured.length === facts.includes.length;
      const words = all
        ? 'A search brings along who and what takes part.'
        : 'A search does not bring along all that the EHR’s statement promises; the rest is read one by one.';
      this.line('appointment-includes', { ok: all, fault: all ? null : 'fhir.include-ignored', words });
    }
    const more = page.next === null ? 'and that was all' : 'and there are more pages';
    const words = `Asked for ${PAGE_SIZE} visits a page, the EHR gave ${visits.length}, ${more}.`;
    this.line('page-size', { ok: true, fault: null, words });
    const people = visits.flatMap(({ participant }) =>
      participant.flatMap((one) => parseReference(one?.actor?.reference, bases) ?? []),
    );
    for (const { type, id } of people) this.samples = { [type]: id, ...this.samples };
    if (visits[0]) this.samples = { ...this.samples, Appointment: visits[0].id! };
  }

  private async changes(): Promise<void> {
    const { facts, settings } = this.plan;
    const wished = settings.syncStrategy === 'auto' ? facts.syncStrategy : settings.syncStrategy;
    if (wished !== 'last-updated') return;
    const state = await this.since('Appointment');
    if (state === 'unanswered') return;
    if (state === 'answered') {
      this.tested.proven.facts.syncStrategy = 'last-updated';
      return this.changesOfPatients();
    }
    this.tested.proven.refusesLastUpdated = true;
    this.tested.proven.facts.syncStrategy = 'window-scan';
  }

  private async changesOfPatients(): Promise<void> {
    if (!this.plan.facts.patientLastUpdated) return;
    const state = await this.since('Patient');
    if (state !== 'unanswered') this.tested.proven.facts.patientLastUpdated = state === 'answered';
  }

  private async since(type: 'Appointment' | 'Patient'): Promise<Asked['state']> {
    const answer = await this.ask(type, { _lastUpdated: FAR_AHEAD, _count: '1' });
    const judged = showsNone(answer);
    this.note(`${type.toLowerCase()}-by-last-updated`, judged, {
      ok: 'The EHR can be asked what changed since a moment.',
      refused: 'The EHR refuses to be asked what changed.',
      ignored: 'Asked what changed, the EHR shows everything: it drops the question.',
    });
    return judged.state;
  }

  private async visit(): Promise<void> {
    const id = this.samples.Appointment;
    if (id === undefined) return;
    const answer = await readOnce(this.connected.client, { type: 'Appointment', id });
    this.tested.unsure ||= answer.state === 'unanswered';
    if (answer.state !== 'answered') {
      const { code, words } = answer.fault;
      return this.line('appointment-read', { ok: false, fault: code, words });
    }
    const ok = answer.resource.meta?.versionId !== undefined;
    const words = ok
      ? 'A visit can be read by its id, with its version.'
      : 'A visit comes without a version: nothing is changed in the EHR, because a change by the desk could be lost.';
    this.line('appointment-read', { ok, fault: ok ? null : 'fhir.no-version', words });
  }

  /** Whether a search by POST goes by its body: some read the address alone and would show everybody. */
  private async posts(): Promise<void> {
    const id = this.samples.Patient;
    if (id === undefined) return;
    const answer = await this.ask('Patient', { _id: id }, 'post');
    const rows = answer.state === 'answered' ? answer.page.resources : [];
    const people = rows.filter(({ resourceType }) => resourceType === 'Patient');
    const right = people.length > 0 && people.every((patient) => patient.id === id);
    const judged: Asked = answer.state === 'answered' && !right ? { state: 'ignored' } : answer;
    if (judged.state !== 'unanswered') this.tested.proven.facts.postSearch = judged.state === 'answered';
    this.note('post-search', judged, {
      ok: 'A search by POST is answered by what stands in its body.',
      refused: 'The EHR takes no search by POST.',
      ignored: 'The EHR does not look at the body of a search by POST.',
    });
  }

  private async communications(): Promise<void> {
    const { communicationSearch } = this.plan.facts;
    if (communicationSearch === 'identifier' && (await this.byIdentifier())) return;
    if (communicationSearch === 'identifier' || communicationSearch === 'patient') await this.byPatient();
  }

  /** False when another way must be looked for. */
  private async byIdentifier(): Promise<boolean> {
    const judged = showsNone(await this.ask('Communication', { identifier: NOBODYS, _count: '1' }));
    this.note('communication-by-identifier', judged, {
      ok: 'A Communication is found by its identifier.',
      refused: 'The EHR does not search Communications by identifier.',
      ignored: 'The EHR drops the identifier when it searches Communications, or filters only afterwards.',
    });
    if (judged.state === 'answered') this.tested.proven.facts.communicationSearch = 'identifier';
    return judged.state === 'answered' || judged.state === 'unanswered';
  }

  private async byPatient(): Promise<void> {
    const patient = this.sample('Patient');
    if (patient === undefined) return;
    const answer = await this.ask('Communication', { patient, _count: '1' });
    if (answer.state !== 'unanswered')
      this.tested.proven.facts.communicationSearch = answer.state === 'answered' ? 'patient' : 'none';
    this.note('communication-by-patient', answer, {
      ok: 'The Communications of a patient can be searched.',
      refused: 'The EHR does not search the Communications of a patient.',
      ignored: 'The EHR drops the patient when it searches Communications.',
    });
  }

  private async ask(type: string, params: SearchParams, by: 'get' | 'post' = 'get'): Promise<Asked> {
    const answer = await ask(this.connected.client, { type, params, by });
    this.tested.unsure ||= answer.state === 'unanswered';
    return answer;
  }

  private note(
    question: string,
    answer: Asked,
    words: { ok: string; refused: string; ignored: string },
  ): void {
    if (answer.state === 'answered') return this.line(question, { ok: true, fault: null, words: words.ok });
    if (answer.state === 'ignored')
      return this.line(question, { ok: false, fault: 'fhir.parameter-ignored', words: words.ignored });
    const said = answer.state === 'refused' ? words.refused : answer.fault.words;
    this.line(question, { ok: false, fault: answer.fault.code, words: said });
  }

  private line(question: string, line: Omit<TestLine, 'question'>): void {
    this.tested.lines.push({ question, ...line });
  }
}

/** For a question whose right answer is empty. */
function showsNone(answer: Asked): Asked {
  return answer.state === 'answered' && answer.page.resources.length > 0 ? { state: 'ignored' } : answer;
}

function includesIn({ includes }: Facts): SearchParams {
  return includes.length > 0 ? { _include: includes } : {};
}

function isVisit(resource: FhirResource): resource is Appointment {
  return resource.resourceType === 'Appointment' && Array.isArray(resource.participant);
}
