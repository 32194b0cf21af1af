import type { Appointment } from 'fhir/r4.js';
import type { Capabilities } from '../domain/capabilities.js';
import type { Connected } from '../infrastructure/clients.js';
import { FhirFault, refused, unavailable } from '../infrastructure/fhir-fault.js';
import type { SearchParams } from '../infrastructure/fhir-client.js';
import { type Look, readUnseen, searchPlaces } from './live-search.js';

const DAY_MS = 86_400_000;
const FROM = new Date('2027-01-10T00:00:00Z');
/** With a day on both sides, two windows. */
const DAYS = { from: FROM, to: new Date(FROM.getTime() + 8 * DAY_MS) };
const FIRST = { from: new Date(FROM.getTime() - DAY_MS), to: new Date(FROM.getTime() + 6 * DAY_MS) };
const SECOND = { from: FIRST.to, to: new Date(FROM.getTime() + 9 * DAY_MS) };
const AWAY = expect.objectContaining({
  code: 'fhir.unavailable',
  words: expect.any(String) as string,
}) as object;

const visit = (id: string): Appointment => ({
  resourceType: 'Appointment',
  id,
  status: 'booked',
  start: '2027-01-12T10:00:00Z',
  participant: [
    { actor: { reference: 'Patient/1' }, status: 'accepted' },
    { actor: { reference: 'Location/1' }, status: 'accepted' },
  ],
});
const bundle = (entry: object[]) => ({
  resource: { resourceType: 'Bundle', type: 'searchset', entry },
  status: 200,
  date: FROM,
});

interface Answers {
  /** What a search shows: entries, or a fault. */
  search?: (params: SearchParams) => object[] | FhirFault;
  read?: (id: string) => Appointment | FhirFault;
}

/** A look at an EHR that answers like this, and how often it was asked. */
function lookAt({ search = () => [], read = () => refused(404) }: Answers, known: string[] = []) {
  const asked = { searches: 0, reads: 0 };
  const client = {
    search: async (_type: string, params: SearchParams) => {
      asked.searches++;
      const answer = search(params);
      if (answer instanceof FhirFault) throw answer;
      return bundle(answer);
    },
    read: async (_type: string, id: string) => {
      asked.reads++;
      const answer = read(id);
      if (answer instanceof FhirFault) throw answer;
      return { resource: answer, status: 200 };
    },
    isElsewhere: () => false,
  };
  const connection = { baseUrl: 'https://ehr.example/fhir', alternateBaseUrls: [] };
  const look: Look = {
    connected: { client, connection } as unknown as Connected,
    capabilities: { scanBy: 'location' } as Capabilities,
    days: DAYS,
    known: new Set(known),
    found: [],
    forbidden: [],
    unseen: [],
    unread: [],
    askedAt: null,
    fault: null,
    answered: false,
    silence: 0,
  };
  return { look, asked };
}

const at = ({ date }: SearchParams): Date => new Date((date as string[])[0]!.slice(2));

describe('a look at the visits of an EHR', () => {
  it('goes on where one search fails, and says of which days and place, and why', async () => {
    const { look } = lookAt({
      search: (params) =>
        params['location'] === 'Location/2' && at(params) < FROM
          ? unavailable(500, 'unknown')
          : [{ resource: visit('a') }],
    });
    await searchPlaces(look, ['Location/2', 'Location/1']);

    expect(look.unseen).toEqual([{ place: 'Location/2', ...FIRST, cause: AWAY }]);
    expect(look.found.map(({ id }) => id)).toContain('a');
  });

  it('goes on where the EHR refuses place after place: it is there', async () => {
    const { look, asked } = lookAt({ search: () => refused(400) });
    const places = Array.from({ length: 10 }, (_, n) => `Location/${n}`);
    await searchPlaces(look, places);

    expect(asked.searches).toBe(20);
    expect(look).toMatchObject({ answered: false, fault: { code: 'fhir.refused' } });
  });

  it('asks an EHR that went away no more, and says so of all that is left', async () => {
    let searches = 0;
    const { look, asked } = lookAt(
      {
        search: () => (searches++ === 0 ? [] : unavailable(503, 'not-done')),
        read: () => unavailable(503, 'not-done'),
      },
      ['a', 'b'],
    );
    await searchPlaces(
      look,
      Array.from({ length: 10 }, (_, n) => `Location/${n}`),
    );
    await readUnseen(look);

    expect(asked).toEqual({ searches: 6, reads: 0 });
    expect(look.unseen).toHaveLength(19);
    expect(look.unread).toEqual(['a', 'b'].map((id) => ({ reference: `Appointment/${id}`, cause: AWAY })));
  });

  it('cuts a window that is incomplete, and not one that fails', async () => {
    const outcome = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'incomplete' }],
    };
    const { look } = lookAt({
      search: (params) => (at(params) < SECOND.from ? [{ resource: outcome }] : unavailable(500, 'unknown')),
    });
    await searchPlaces(look, ['Location/1']);

    const days = look.unseen.map(({ from, to, cause }) => [
      cause.code,
      (to.getTime() - from.getTime()) / DAY_MS,
    ]);
    expect(days).toEqual([
      ...Array.from({ length: 7 }, () => ['fhir.incomplete', 1]),
      ['fhir.unavailable', 3],
    ]);
  });

  it('says that there were entries without an id', async () => {
    const { look } = lookAt({
      search: (params) => (at(params) < FROM ? [{ resource: { resourceType: 'Appointment' } }] : []),
    });
    await searchPlaces(look, ['Location/1']);
    expect(look.unseen).toMatchObject([{ ...FIRST, cause: { code: 'fhir.unreadable-rows' } }]);
  });
});

describe('visits that no search showed', () => {
  it('are each read, and one that cannot be read takes no other with it', async () => {
    const { look } = lookAt(
      {
        read: (id) =>
          id === 'broken'
            ? unavailable(500, 'unknown')
            : id === 'hidden'
              ? refused(403)
              : id === 'gone'
                ? refused(404)
                : visit(id),
      },
      ['moved', 'broken', 'hidden', 'gone'],
    );
    await readUnseen(look);

    expect(look.found.map(({ id }) => id)).toEqual(['moved']);
    expect(look.forbidden).toEqual(['hidden']);
    expect(look.unread).toEqual([{ reference: 'Appointment/broken', cause: AWAY }]);
  });

  it('are not all given up for some that are broken, and are once a whole batch says nothing', async () => {
    const ids = Array.from({ length: 120 }, (_, n) => `v${n}`);
    const some = lookAt({ read: (id) => (id.endsWith('7') ? unavailable(500, 'unknown') : visit(id)) }, ids);
    await readUnseen(some.look);
    expect(some.asked.reads).toBe(120);
    expect(some.look.unread).toHaveLength(12);

    const none = lookAt({ read: () => unavailable(503, 'not-done') }, ids);
    await readUnseen(none.look);
    expect(none.asked.reads).toBe(50);
    expect(none.look.unread).toHaveLength(120);
    expect(none.look).toMatchObject({ answered: false, fault: { code: 'fhir.unavailable' } });
  });

  it('are 500 at most; the others are said to be unread', async () => {
    const ids = Array.from({ length: 503 }, (_, n) => `v${n}`);
    const { look, asked } = lookAt({ read: (id) => visit(id) }, ids);
    await readUnseen(look);

    expect(asked.reads).toBe(500);
    expect(look.unread.map(({ cause }) => cause.code)).toEqual(
      Array.from({ length: 3 }, () => 'fhir.many-missing'),
    );
  });
});
