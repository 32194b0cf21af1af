import { actionWords } from './action-words.js';

describe('the words for what became of a wish', () => {
  it.each(['ehr-cannot-write', 'ehr-refused-not-cancelable', 'ehr-refused-http-422', 'arrived'])(
    'say what a code means: %s',
    (code) => {
      expect(actionWords(code)).not.toBe(actionWords('unheard-of'));
    },
  );

  it('cover statuses of visits and of HTTP by their kind', () => {
    expect(actionWords('ehr-refused-status-fulfilled')).toContain('past');
    expect(actionWords('ehr-refused-http-400')).toContain('refused');
  });

  it('tell whom to ask about any other code', () => {
    expect(actionWords('unheard-of')).toContain('administrator');
  });
});
