import type { ContactPoint, HumanName, Patient, Practitioner } from 'fhir/r4.js';

/** Something that must be found nowhere in the clear. */
export interface Canary {
  /** What it is, for the report: never the text itself. */
  kind: string;
  text: string;
}

/** Below this chance alone would find it in the ciphertexts of some hundred megabytes. */
const MIN_BYTES = 6;

const SYLLABLES = 'ka ki ku ke ko na ni nu ne no tha thi thu ma mi mu me mo ra ri ru la li lu va vi vu'.split(
  ' ',
);
const WORDS = [
  'വേദന കുറവുണ്ട്',
  'Kunjamma says',
  '🙂🙏 ശരി',
  'My chest hurts',
  'എന്റെ മകൾ വരും',
  'Canary said "no"\\n',
];

/** The canaries of one run: what the stand-ins' people are called, and what is said in the course of it. */
export class Canaries {
  private readonly known = new Map<string, Canary>();
  private count = 0;

  all(): Canary[] {
    return [...this.known.values()];
  }

  add(kind: string, text: string | undefined): void {
    if (text && Buffer.byteLength(text) >= MIN_BYTES) this.known.set(text, { kind, text });
  }

  /** A sentence that nobody has said before: Malayalam, emoji and ASCII in turn. */
  sentence(kind: string): string {
    const text = `${WORDS[this.count % WORDS.length]} ${this.token(kind)}`;
    this.add(kind, text);
    return text;
  }

  /** One word of letters, fit for a URL, a header or a name. */
  token(kind: string): string {
    // A large odd factor: neighbours have no syllables in common.
    let rest = (++this.count * 2_654_435_761) % SYLLABLES.length ** 6;
    let word = '';
    for (let i = 0; i < 6; i++) {
      word += SYLLABLES[rest % SYLLABLES.length];
      rest = Math.floor(rest / SYLLABLES.length);
    }
    const text = word[0]!.toUpperCase() + word.slice(1);
    this.add(kind, text);
    return text;
  }

  /** What identifies a person of the EHR. */
  person(resource: Patient | Practitioner): void {
    for (const name of resource.name ?? []) this.name(name);
    if (resource.resourceType !== 'Patient') return;
    this.add('birth date', resource.birthDate);
    for (const { value } of resource.identifier ?? []) this.add('record number', value);
    for (const point of resource.telecom ?? []) this.phone(point);
  }

  private name({ text, family, given = [] }: HumanName): void {
    this.add('name', text);
    // Shorter parts are words of other texts too.
    const parts = [family ?? '', ...given].filter((part) => Buffer.byteLength(part) > MIN_BYTES + 1);
    for (const part of parts) this.add('part of a name', part);
  }

  private phone({ value = '' }: ContactPoint): void {
    this.add('phone as typed', value);
    const digits = value.replaceAll(/\D/g, '').replace(/^00/, '');
    this.add('phone', digits);
    // The national part: whatever country code stands before it.
    this.add('phone, national', digits.slice(-9));
  }
}
