import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import {
  addLine,
  checkpointText,
  claimedSize,
  isWholeNote,
  originOf,
  readNote,
  signedNote,
} from './checkpoint.js';

const origin = originOf('01890000-0000-7000-8000-000000000001');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const noteOf = (size: number, root = Buffer.alloc(32, size % 256), key = privateKey): string => {
  const checkpoint = { origin, size, root };
  const signature = sign(null, Buffer.from(checkpointText(checkpoint)), key);
  return signedNote(checkpoint, signature, createPublicKey(key));
};
const whole = (text: string): string[] => {
  const notes: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    lines = addLine(lines, line, origin);
    if (lines[0] === origin && isWholeNote(lines)) notes.push(`${lines.join('\n')}\n`);
  }
  return notes;
};

describe('a checkpoint', () => {
  it('is a signed note: origin, size, root, an empty line, the signature', () => {
    const lines = noteOf(12).split('\n');
    expect(lines.slice(0, 4)).toEqual([origin, '12', Buffer.alloc(32, 12).toString('base64'), '']);
    expect(lines[4]).toMatch(/^— carethread\/audit\/[0-9a-f-]{36} [A-Za-z0-9+/]{91}=$/);
    expect(lines.slice(5)).toEqual(['']);
  });

  it('is read back under its key and origin', () => {
    expect(readNote(noteOf(12), origin, publicKey)).toEqual({ origin, size: 12, root: Buffer.alloc(32, 12) });
  });

  it('is refused under another key, or for another origin', () => {
    const other = generateKeyPairSync('ed25519');
    expect(readNote(noteOf(12), origin, other.publicKey)).toBeNull();
    expect(readNote(noteOf(12, undefined, other.privateKey), origin, publicKey)).toBeNull();
    expect(readNote(noteOf(12), originOf('01890000-0000-7000-8000-000000000002'), publicKey)).toBeNull();
  });

  it('is refused with any one character changed', () => {
    const note = noteOf(12);
    // Both z and w end a base64 text of the same bytes.
    for (const character of ['A', '7', 'w', 'x', 'y', 'z', '0', '\n']) {
      for (let at = 0; at < note.length - 1; at++) {
        const changed = note.slice(0, at) + character + note.slice(at + 1);
        if (changed !== note) expect(readNote(changed, origin, publicKey)).toBeNull();
      }
    }
  });

  it('never throws, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readNote(text, origin, publicKey)).toBeNull();
        claimedSize(text);
      }),
    );
  });

  it('is found among others, also behind one that was torn at any place', () => {
    const [one, two, three] = [noteOf(1), noteOf(2), noteOf(3)];
    for (let length = 0; length < two.length; length++) {
      const found = whole(`\n${one}\n${two.slice(0, length)}\n${three}`);
      expect(found.at(0)).toBe(one);
      expect(found.at(-1)).toBe(three);
      expect(found.slice(1, -1).every((note) => note === two)).toBe(true);
    }
  });
});
