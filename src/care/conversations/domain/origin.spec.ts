import { authorOf, staffReplyKey } from './origin.js';

describe('who wrote a message of ours', () => {
  it.each([
    ['a reply under a staff key: a person', 'reply', staffReplyKey('c', 'r'), 'staff'],
    ['a reply to a tap: the product', 'reply', 'tap:1', 'automation'],
    ['a reminder, whatever its key: the product', 'reminder', staffReplyKey('c', 'r'), 'automation'],
  ])('%s', (_what, origin, originKey, author) => expect(authorOf({ origin, originKey })).toBe(author));
});
