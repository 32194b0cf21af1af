import type { HumanName } from 'fhir/r4.js';
import type { Ward } from './ward.js';

const representation = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation';

/** A name in another script with its Latin alias, marked as ISO 21090 does: ideographic, syllabic, alphabetic. */
const scripts = (written: HumanName, code: 'IDE' | 'SYL', latin: HumanName): HumanName[] => [
  { use: 'official', ...written, extension: [{ url: representation, valueCode: code }] },
  { use: 'usual', ...latin, extension: [{ url: representation, valueCode: 'ABC' }] },
];

const official = (text: string, family: string | undefined, ...given: string[]): HumanName[] => [
  { use: 'official', text, ...(family && { family }), ...(given.length > 0 && { given }) },
];

const names: Record<string, HumanName[]> = {
  diacritics: official('Željko Żółkiewski-Škvorecký', 'Żółkiewski-Škvorecký', 'Željko'),
  arabic: scripts({ text: 'ليلى الحداد', family: 'الحداد', given: ['ليلى'] }, 'SYL', {
    text: 'Layla Al-Haddad',
    family: 'Al-Haddad',
    given: ['Layla'],
  }),
  hindi: scripts({ text: 'सुनीता शर्मा', family: 'शर्मा', given: ['सुनीता'] }, 'SYL', {
    text: 'Sunita Sharma',
    family: 'Sharma',
    given: ['Sunita'],
  }),
  chinese: scripts({ text: '歐陽曉明', family: '歐陽', given: ['曉明'] }, 'IDE', {
    text: 'Ouyang Xiaoming',
    family: 'Ouyang',
    given: ['Xiaoming'],
  }),
  'one-word': official('Thankamma', undefined, 'Thankamma'),
  'no-family': official('Maria da Luz', undefined, 'Maria', 'da Luz'),
  'text-only': official('Unknown female, ward 4', undefined),
  'very-long': official(
    `${'Hubert Blaine '.repeat(9)}Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh`,
    'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh',
    ...'Hubert Blaine '.repeat(9).trim().split(' '),
  ),
  apostrophe: official("Siobhán O’Shaughnessy-D'Arcy", "O’Shaughnessy-D'Arcy", 'Siobhán'),
  emoji: official('Luz 🌻 Morales', 'Morales', 'Luz 🌻'),
  markup: official('<script>alert(1)</script> & "Co"', '& "Co"', '<script>alert(1)</script>'),
  placeholder: official('{{1}} {{patient_name}}', '{{patient_name}}', '{{1}}'),
  'bidi-control': official('Dana \u202eneddih\u202c Levi', 'Levi', 'Dana \u202eneddih\u202c'),
  'several-given': official(
    'Anna Maria Luisa Teresa Conti',
    'Conti',
    ...['Anna', 'Maria', 'Luisa', 'Teresa'],
  ),
  'old-and-maiden': [
    { use: 'official', text: 'Ruth Langston', family: 'Langston', given: ['Ruth'] },
    { use: 'old', text: 'Ruth Merrick', family: 'Merrick', given: ['Ruth'], period: { end: '2019-06-01' } },
    { use: 'maiden', text: 'Ruth Penn', family: 'Penn', given: ['Ruth'] },
  ],
  chosen: [
    { use: 'official', text: 'Walter Thorne', family: 'Thorne', given: ['Walter'] },
    { use: 'usual', text: 'Willa Thorne', family: 'Thorne', given: ['Willa'] },
  ],
};

export function addNameCases(ward: Ward): void {
  for (const [name, humanNames] of Object.entries(names)) ward.patient({ name: humanNames }, `name/${name}`);
}
