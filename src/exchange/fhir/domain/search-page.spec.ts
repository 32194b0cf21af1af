import fc from 'fast-check';
import { readSearchPage } from './search-page.js';

const LOCATION = { resourceType: 'Location', id: '1' };
const outcome = (issue: object) => ({ resource: { resourceType: 'OperationOutcome', issue: [issue] } });
const bundle = (entry: unknown[], link: unknown[] = []) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry,
  link,
});

const warningOf = (code: string) => ({
  severity: 'warning',
  code: 'processing',
  details: { coding: [{ code }] },
});

describe('a page of a search', () => {
  it.each([null, 'text', 7, [], {}, { resourceType: 'OperationOutcome' }, { resourceType: 'Patient' }])(
    'is not %j: that is no answer, and not an empty one',
    (body) => {
      expect(readSearchPage(body)).toBeNull();
    },
  );

  it('gives resources and the next link', () => {
    const page = readSearchPage(
      bundle(
        [{ resource: LOCATION }],
        [
          { relation: 'self', url: 'a' },
          { relation: 'next', url: 'b' },
        ],
      ),
    );
    expect(page).toEqual({
      resources: [LOCATION],
      unreadable: 0,
      incomplete: false,
      ignoredParameter: false,
      next: 'b',
    });
  });

  it.each([
    ['a total that says none', { total: 0 }, {}],
    ['a total that says that all have come', { total: 1 }, {}],
    ['no mode', {}, {}],
    ['a mode that R4 does not know', {}, { search: { mode: 'found' } }],
  ])('is believed in its entries and its link, not in %s', (_, more, beside) => {
    const page = readSearchPage({
      ...bundle([{ resource: LOCATION, ...beside }], [{ relation: 'next', url: 'b' }]),
      ...more,
    });
    expect(page).toMatchObject({ resources: [LOCATION], next: 'b' });
  });

  it('counts entries that are no resource or have no usable id', () => {
    const page = readSearchPage(
      bundle([{}, null, { resource: { resourceType: 'Location' } }, { resource: { ...LOCATION, id: '..' } }]),
    );
    expect(page).toMatchObject({ resources: [], unreadable: 4 });
  });

  it.each([
    [{ severity: 'error', code: 'exception' }, { incomplete: true }],
    [{ severity: 'fatal', code: 'processing' }, { incomplete: true }],
    ...['incomplete', 'too-costly', 'throttled', 'timeout'].map((code) => [
      { severity: 'warning', code },
      { incomplete: true, ignoredParameter: false },
    ]),
    ...['4119', '4127', '59133'].map((code) => [
      warningOf(code),
      { incomplete: true, ignoredParameter: false },
    ]),
    [
      { severity: 'warning', code: 'not-supported' },
      { incomplete: false, ignoredParameter: true },
    ],
    ...['4122', '59100'].map((code) => [warningOf(code), { incomplete: false, ignoredParameter: true }]),
    [warningOf('4101'), { incomplete: false, ignoredParameter: false }],
  ] as [object, object][])('hears %j', (issue, heard) => {
    expect(readSearchPage(bundle([outcome(issue)]))).toMatchObject({ resources: [], ...heard });
  });

  it('never throws, whatever the entries and links are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (entry, link, issue) => {
        expect(readSearchPage({ resourceType: 'Bundle', entry, link })).not.toBeNull();
        const outcomes = [
          { resource: { resourceType: 'OperationOutcome', issue } },
          outcome({ details: issue }),
        ];
        expect(
          readSearchPage(bundle([...outcomes, outcome({ details: { coding: issue } })], [link])),
        ).not.toBeNull();
      }),
    );
  });
});
