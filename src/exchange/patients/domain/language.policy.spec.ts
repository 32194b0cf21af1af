import { languageOrder } from './language.policy.js';

describe('the languages to look for words in', () => {
  it.each([
    ['pt-BR', ['en', 'ml'], ['pt-BR', 'pt', 'en', 'ml']],
    ['zh-Hant-TW', ['en'], ['zh-Hant-TW', 'zh-Hant', 'zh', 'en']],
    [null, ['en-IN', 'ml'], ['en-IN', 'ml', 'en']],
    ['ml', ['en', 'ml'], ['ml', 'en']],
    ['tlh', ['es'], ['tlh', 'es']],
  ])('of %s at a hospital with %j are %j', (patient, hospital, order) => {
    expect(languageOrder(patient, hospital)).toEqual(order);
  });
});
