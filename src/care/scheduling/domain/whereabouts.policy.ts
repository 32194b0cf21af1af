/** Where a service, a role or a slot leads to. */
export interface Way {
  /** `Location/12` */
  locations: string[];
  practitioner: string | null;
}

/** What the EHR says of a visit's place and time zone, before anything is worked out from it. */
export interface Said {
  /** The zone that stands on the start itself. IANA. */
  timeZone: string | null;
  /** `Location/12` */
  place: string | null;
  practitioner: string | null;
  /** `HealthcareService/3`, `PractitionerRole/4`; `Slot/9` where nothing else leads anywhere. */
  ways: string[];
}

/** What is known of the places that visits name or are led to. */
export interface Ground {
  /** By place: its own zone, or that of the facility which the hospital has there. */
  zones: ReadonlyMap<string, string>;
  /** The hospital's own. */
  hospital: string;
  /** Those that have been followed. */
  ways: ReadonlyMap<string, Way>;
}

export interface Whereabouts {
  timeZone: string;
  place: string | null;
  practitioner: string | null;
  /** All of what was said, in one text: see `saidIn`. */
  zoneFrom: string;
}

/**
 * The zone of a visit: the one that stands on its start, else its place's, else that of the places to which its services
 * and roles lead, as far as they agree; else the hospital's. An offset is no zone.
 */
export function whereaboutsOf(said: Said, { zones, hospital, ways }: Ground): Whereabouts {
  const led = said.ways.flatMap((reference) => ways.get(reference) ?? []);
  const places = [...(said.place === null ? [] : [[said.place]]), ...led.map(({ locations }) => locations)];
  const zone = places.map((some) => commonZone(some, zones)).find((found) => found !== null);
  const only = led.find(({ locations }) => locations.length === 1)?.locations[0];
  const whose = led.find(({ practitioner }) => practitioner)?.practitioner;
  return {
    timeZone: said.timeZone ?? zone ?? hospital,
    place: said.place ?? only ?? null,
    practitioner: said.practitioner ?? whose ?? null,
    zoneFrom: wordsOf(said),
  };
}

function wordsOf({ timeZone, place, ways }: Said): string {
  return [...(timeZone === null ? [] : [`=${timeZone}`]), ...(place === null ? [] : [place]), ...ways].join(
    ' ',
  );
}

/** What was said, from the text that is kept of it. The practitioner stands elsewhere. */
export function saidIn(zoneFrom: string, practitioner: string | null): Said {
  const words = zoneFrom.split(' ').filter((word) => word !== '');
  return {
    timeZone: words.find((word) => word.startsWith('='))?.slice(1) ?? null,
    place: words.find(isPlace) ?? null,
    practitioner,
    ways: words.filter((word) => !word.startsWith('=') && !isPlace(word)),
  };
}

/** Every place that a visit names or is led to. */
export function placesOf({ place, ways }: Said, followed: ReadonlyMap<string, Way>): string[] {
  const led = ways.flatMap((reference) => followed.get(reference)?.locations ?? []);
  return [...(place === null ? [] : [place]), ...led];
}

function commonZone(places: readonly string[], zones: ReadonlyMap<string, string>): string | null {
  const found = new Set(places.flatMap((place) => zones.get(place) ?? []));
  return found.size === 1 ? [...found][0]! : null;
}

function isPlace(word: string): boolean {
  return word.startsWith('Location/');
}
