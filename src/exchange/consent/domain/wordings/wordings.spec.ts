import { createHash } from 'node:crypto';
import { PURPOSES } from '../consent.js';
import { isStopWord } from '../stop-words.js';
import { isKnownWording, WORDINGS } from './index.js';

/** Evidence names a version, so a shipped text may never change: write version 2 beside it. */
const SHIPPED: Record<string, string> = {
  'en 1': '4fe62a7d5a5e0633',
  'ml 1': 'f69c65b6118ca5d4',
  'hi 1': '9d02f88b99c3f66e',
  'ar 1': 'e05d5507010cdfcc',
  'es 1': 'fb5705f2750c8840',
  'pt 1': 'c1132a3d54730e1f',
  'fr 1': '182d6e3b09fd635a',
};

describe('the wordings of version 1', () => {
  it('exist in seven languages', () => {
    expect(WORDINGS.map(({ language }) => language)).toEqual(['en', 'ml', 'hi', 'ar', 'es', 'pt', 'fr']);
  });

  it.each(WORDINGS.map((wording) => [`${wording.language} ${wording.version}`, wording] as const))(
    'are complete and unchanged: %s',
    (name, wording) => {
      expect(Object.keys(wording.purposes).sort()).toEqual([...PURPOSES].sort());
      expect(Object.values(wording.purposes).every((text) => text.length > 10)).toBe(true);
      expect(wording.agreement).toContain('{hospital}');
      expect(wording.risks).toHaveLength(4);
      expect(createHash('sha256').update(JSON.stringify(wording)).digest('hex').slice(0, 16)).toBe(
        SHIPPED[name],
      );
    },
  );

  it.each([
    ['ml', 'നിർത്തുക'],
    ['hi', 'रोकें'],
    ['ar', 'إيقاف'],
    ['es', 'BAJA'],
    ['pt', 'PARAR'],
    ['fr', 'ARRÊT'],
  ])('name a stop word of their language that is understood: %s', (language, word) => {
    expect(WORDINGS.find((wording) => wording.language === language)?.stopping).toContain(word);
    expect(isStopWord(word)).toBe(true);
  });

  it('are the only ones that a consent may name', () => {
    expect(isKnownWording('1')).toBe(true);
    expect(isKnownWording('2')).toBe(false);
    expect(isKnownWording('')).toBe(false);
  });
});
