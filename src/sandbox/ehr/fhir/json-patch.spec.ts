import fc from 'fast-check';
import { applyPatch } from './json-patch.js';

const document = () => ({ status: 'booked', list: ['a', 'b'], 'a/b': { 'c~d': 1 } });

describe('JSON Patch', () => {
  it.each([
    [
      { op: 'replace', path: '/status', value: 'cancelled' },
      { ...document(), status: 'cancelled' },
    ],
    [
      { op: 'add', path: '/list/1', value: 'x' },
      { ...document(), list: ['a', 'x', 'b'] },
    ],
    [
      { op: 'add', path: '/list/-', value: 'x' },
      { ...document(), list: ['a', 'b', 'x'] },
    ],
    [
      { op: 'remove', path: '/list/0' },
      { ...document(), list: ['b'] },
    ],
    [
      { op: 'replace', path: '/a~1b/c~0d', value: 2 },
      { ...document(), 'a/b': { 'c~d': 2 } },
    ],
    [{ op: 'test', path: '/a~1b', value: { 'c~d': 1 } }, document()],
  ])('%j', (operation, expected) => {
    expect(applyPatch(document(), [operation])).toEqual(expected);
  });

  it.each([
    { op: 'test', path: '/list', value: ['b', 'a'] },
    { op: 'replace', path: '/none', value: 1 },
    { op: 'remove', path: '/list/2' },
    { op: 'add', path: '/list/01', value: 1 },
    { op: 'add', path: '/status/deep', value: 1 },
    { op: 'add', path: '/constructor/prototype/spoiled', value: 1 },
    { op: 'replace', path: '', value: {} },
  ])('refuses %j as not fitting', (operation) => {
    expect(() => applyPatch(document(), [operation])).toThrow(expect.objectContaining({ status: 422 }));
  });

  it('refuses a path through __proto__ as no patch', () => {
    const patch = [{ op: 'add', path: '/__proto__/spoiled', value: 1 }];

    expect(() => applyPatch(document(), patch)).toThrow(expect.objectContaining({ status: 400 }));
    expect({}).not.toHaveProperty('spoiled');
  });

  it('never touches the document it was given, whatever the patch', () => {
    const operation = fc.record({
      op: fc.constantFrom('add', 'replace', 'remove', 'test'),
      path: fc.constantFrom('/status', '/list/0', '/list/-', '/a~1b/c~0d', '/new', '/list/9'),
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (patch) => {
        const given = document();
        try {
          applyPatch(given, patch);
        } catch (error) {
          expect([400, 422]).toContain((error as { status: number }).status);
        }
        expect(given).toEqual(document());
      }),
    );
  });
});
