/** Why something of an EHR could not be seen: a code, and words for a person. Nothing of a patient. */
export interface Cause {
  code: string;
  words: string;
}

/** Days that an EHR did not, or may not, have shown in full. From ≤ start < to. */
export interface UnseenDays {
  /** What the search named beside its days (`Location/1`); empty: nothing, so that any visit of these days may be missing. */
  place: string;
  from: Date;
  to: Date;
  cause: Cause;
}

/** A visit that is known, that no search showed, and that the EHR did not answer for. */
export interface UnreadVisit {
  /** `Appointment/1` */
  reference: string;
  cause: Cause;
}

export const PLACES_UNKNOWN: Cause = {
  code: 'fhir.places-unknown',
  words: 'Nobody has said at which locations or practitioners to look. Name them in the connection.',
};

export const MANY_PLACES: Cause = {
  code: 'fhir.many-places',
  words:
    'The EHR has more locations or practitioners than can be looked at. Name those of yours in the connection.',
};

export const MANY_MISSING: Cause = {
  code: 'fhir.many-missing',
  words: 'The EHR shows so few of the visits known here that not all others could be looked up.',
};

export const UNREADABLE_ROWS: Cause = {
  code: 'fhir.unreadable-rows',
  words: 'The EHR showed entries that are no records or have no id. Tell the EHR team.',
};
