import { masked } from './mask.js';

it.each([
  ['12125550142', '•••••••••42'],
  ['42', '42'],
  ['', ''],
])('%s is shown as %s', (text, shown) => {
  expect(masked(text)).toBe(shown);
});
