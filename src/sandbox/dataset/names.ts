import type { HumanName } from 'fhir/r4.js';
import type { Random } from './random.js';

export type NameKind =
  | 'english'
  | 'indian'
  | 'malayalam'
  | 'hindi'
  | 'arabic'
  | 'spanish'
  | 'diacritics'
  | 'apostrophe'
  | 'one-word'
  | 'very-long';

interface Pool {
  given: string[];
  family: string[];
}

const words = (text: string): string[] => text.split('|');

const pools: Record<NameKind, Pool> = {
  english: {
    given: words(
      'Grace|Henry|Olivia|Walter|Hannah|Marcus|Ruth|Calvin|Joyce|Dennis|Abigail|Leon|Priscilla|Owen',
    ),
    family: words(
      'Whitfield|Barlow|Hargrove|Penn|Ashworth|Colley|Drummond|Fairbank|Langston|Merrick|Thorne|Yates',
    ),
  },
  indian: {
    given: words(
      'Anitha|Biju|Deepa|Jithin|Lakshmi|Manoj|Nisha|Rajeev|Sindhu|Thomas|Vineeth|Reshma|Asha|Suresh',
    ),
    family: words('Nair|Menon|Varghese|Pillai|Kurup|Mathew|Panicker|Iyer|Thampi|Joseph|Warrier|Kuruvila'),
  },
  malayalam: {
    given: words('അനിത|ബിജു|ദീപ|ലക്ഷ്മി|മനോജ്|നിഷ|രാജീവ്|സിന്ധു|വിനോദ്|രേഷ്മ'),
    family: words('നായർ|മേനോൻ|പിള്ള|വർഗീസ്|കുറുപ്പ്|പണിക്കർ|തമ്പി|വാര്യർ'),
  },
  hindi: {
    given: words('अनिल|सुनीता|राजेश|कविता|मोहन|प्रिया|विकास|मीना'),
    family: words('शर्मा|वर्मा|गुप्ता|सिंह|यादव|मिश्रा|जोशी|चौहान'),
  },
  arabic: {
    given: words('ليلى|عمر|فاطمة|يوسف|مريم|خالد|سلمى|حسن'),
    family: words('الحداد|منصور|الخطيب|العلي|درويش|الشامي|ناصر|صالح'),
  },
  spanish: {
    given: words('María José|Íñigo|Lucía|Andrés|Begoña|Joaquín|Ximena|Rubén|Inés|Álvaro'),
    family: words('Núñez Peña|García Muñoz|Ibáñez|Ordóñez Ruiz|Cáceres|Villaseñor|Zúñiga|Castañeda'),
  },
  diacritics: {
    given: words('Zoë|Jürgen|Åsa|Łukasz|François|Šárka|Søren|Çağla'),
    family: words('Müller-Groß|Dvořáková|Ångström|Żółkiewski|Lefèvre|Björnsdóttir|Õunapuu|Şahin'),
  },
  apostrophe: {
    given: words("Siobhán|D'Arcy|Niamh|Ta'Niyah|Conor|Lo'ai"),
    family: words("O'Brien|O'Rourke-D'Souza|N'Diaye|D'Angelo|M'Baye|O’Shaughnessy"),
  },
  'one-word': {
    given: words('Madhavan|Suharto|Chellappan|Sukarno|Pocahontas|Thankamma|Yuvan|Nandhini'),
    family: [],
  },
  'very-long': {
    given: words('Wilhelmina Alexandrina|Maximiliano Bartolomé|Venkatanarasimha Subrahmanya'),
    family: words(
      'Featherstonehaugh-Cholmondeley-Majoribanks of Wolfeschlegelsteinhausen|Thiruvananthapuram Padmanabhaswamy Lakshmikanthan Namboodiripad',
    ),
  },
};

export function makeName(kind: NameKind, random: Random): HumanName {
  const { given, family } = pools[kind];
  const first = random.pick(given);
  if (family.length === 0) return { use: 'official', text: first, given: [first] };
  const last = random.pick(family);
  return { use: 'official', text: `${first} ${last}`, family: last, given: first.split(' ') };
}
