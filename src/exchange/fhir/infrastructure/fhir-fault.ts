import { Fault, type FaultFacts, type FieldFault } from '../../../platform/errors/fault.js';

/**
 * What came of a request, as far as the EHR's data goes: `not-done` surely changed nothing, `unknown` may have
 * been carried out although no good answer came.
 */
export type Effect = 'not-done' | 'unknown';

/** Where the EHR named an address outside of its own. */
export type ForeignPlace = 'next-link' | 'redirect' | 'location' | 'attachment' | 'reference' | 'request';

/** A failed call to the EHR. Never an address, a query or a body: they hold patients. */
export class FhirFault extends Fault {
  /** Set when an address of another server was met: a matter for the audit log. */
  foreign: ForeignPlace | null = null;

  constructor(
    facts: FaultFacts,
    readonly status: number | null = null,
    readonly effect: Effect = 'not-done',
  ) {
    super(facts);
    this.name = 'FhirFault';
  }
}

/** For a look that may fail: that the EHR is away changes nothing about what we know. */
export function noFault(error: unknown): undefined {
  if (error instanceof FhirFault) return undefined;
  throw error;
}

const AWAY =
  'The EHR does not answer as it should. It is tried again by itself; if it lasts, call the EHR team.';

export function unavailable(status: number | null, effect: Effect, retryAfterSeconds?: number): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.unavailable',
      kind: 'unavailable',
      words: AWAY,
      retryable: true,
      severity: 'warning',
      retryAfterSeconds,
    },
    status,
    effect,
  );
}

/** HTML or other non-FHIR with a good status: a login page or a proxy speaks, not the EHR. */
export function notFhir(status: number | null, effect: Effect = 'not-done'): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.not-fhir',
      kind: 'unavailable',
      words:
        'Something other than the EHR answered, perhaps a login page. Check the base address and the proxy.',
      retryable: true,
      severity: 'warning',
    },
    status,
    effect,
  );
}

export function limited(status: number | null, retryAfterSeconds?: number): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.limited',
      kind: 'unavailable',
      words: 'The EHR asks to go slower. It is tried again by itself.',
      retryable: true,
      retryAfterSeconds,
    },
    status,
  );
}

export function foreignAddress(where: ForeignPlace = 'redirect'): FhirFault {
  const fault = new FhirFault({
    code: 'fhir.foreign-address',
    kind: 'remote',
    words:
      'The EHR named an address outside of its own. Nothing was sent there. Tell the EHR team and IT security.',
    severity: 'error',
  });
  fault.foreign = where;
  return fault;
}

/** Our own rules refuse what was about to leave: `fields` says where and why, never what. */
export function unsound(faults: readonly string[]): FhirFault {
  return new FhirFault({
    code: 'fhir.unsound',
    kind: 'unprocessable',
    words: 'The record was not sent, because it is not sound FHIR. Tell support the time.',
    severity: 'error',
    fields: faults.map(fieldOf),
  });
}

export function badReference(): FhirFault {
  return new FhirFault({
    code: 'fhir.reference',
    kind: 'unprocessable',
    words: 'This is no reference to a record of this EHR. Write it like Patient/123.',
  });
}

export function brokenPaging(code: 'fhir.page-loop' | 'fhir.too-many-pages'): FhirFault {
  return new FhirFault({
    code,
    kind: 'remote',
    words: 'The EHR keeps answering with more pages without end. Tell the EHR team.',
    severity: 'error',
  });
}

export function pageExpired(): FhirFault {
  return new FhirFault({
    code: 'fhir.page-expired',
    kind: 'unavailable',
    words: 'The EHR forgot a search before its last page. It is begun again by itself.',
    retryable: true,
  });
}

export function incomplete(): FhirFault {
  return new FhirFault({
    code: 'fhir.incomplete',
    kind: 'unavailable',
    words: 'The EHR says that its answer is not complete. It is tried again by itself.',
    retryable: true,
    severity: 'warning',
  });
}

/** A write went out and no answer tells whether it was carried out. */
export function unknownOutcome(): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.unknown-outcome',
      kind: 'unavailable',
      words: 'The EHR did not say whether it took the change. It is looked up before anything is sent again.',
      retryable: true,
      severity: 'warning',
    },
    null,
    'unknown',
  );
}

/** A write may have been carried out, and this EHR has no way to look it up: only a person can. */
export function cannotLookUp(): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.cannot-look-up',
      kind: 'remote',
      words:
        'The EHR did not say whether it took the record, and cannot be searched for it. Look there before it is sent again.',
      severity: 'error',
    },
    null,
    'unknown',
  );
}

/** The EHR said yes, and there is nothing. */
export function notTaken(): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.not-taken',
      kind: 'remote',
      words:
        'The EHR said that it took the record, and then does not have it. It is tried again; tell the EHR team.',
      retryable: true,
      severity: 'error',
    },
    null,
    'unknown',
  );
}

/** A conditional create found more than one: which of them is ours to keep is for a person to say. */
export function severalCopies(): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.several-copies',
      kind: 'remote',
      words: 'The EHR holds this record more than once. Have the extra copies withdrawn there.',
      severity: 'error',
    },
    412,
  );
}

/** The EHR takes the type, and not what is in it: another form of the same may suit it. */
export function contentRefused(status: number): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.content-refused',
      kind: 'remote',
      words: 'The EHR does not take a record of this form. See what the connection can do.',
      severity: 'warning',
    },
    status,
  );
}

/** It was withdrawn before: it is not written again. */
export function withdrawn(): FhirFault {
  return new FhirFault({
    code: 'fhir.withdrawn',
    kind: 'gone',
    words: 'This record was withdrawn from the EHR.',
  });
}

export function altered(): FhirFault {
  return new FhirFault({
    code: 'fhir.altered',
    kind: 'remote',
    words: 'The EHR keeps the record in another form than it was given. Another summary carrier may suit it.',
    severity: 'error',
  });
}

/** Under another patient or category, or not as one that stands: no other form of it would suit better. */
export function misfiled(): FhirFault {
  return new FhirFault({
    code: 'fhir.misfiled',
    kind: 'remote',
    words:
      'The EHR filed the record otherwise than it was told: its patient, status or category differ. Tell the EHR team.',
    severity: 'error',
  });
}

export function unsupported(): FhirFault {
  return new FhirFault({
    code: 'fhir.unsupported',
    kind: 'remote',
    words: 'This EHR takes no such record. See what the connection can do.',
  });
}

/** Oracle Health answers a search for Slots only when it names a service. */
export function slotsByService(): FhirFault {
  return new FhirFault({
    code: 'fhir.slots-by-service',
    kind: 'unprocessable',
    words: 'This EHR shows free times of one service at a time. Name the service.',
  });
}

export function writeRunning(): FhirFault {
  return new FhirFault({
    code: 'fhir.write-running',
    kind: 'unavailable',
    words: 'This record is being written at this moment. Try again in a minute.',
    retryable: true,
  });
}

const REFUSALS: Record<number, { code: string; words: string }> = {
  401: {
    code: 'fhir.unauthorised',
    words: 'The EHR does not accept our credentials. Check them in the connection.',
  },
  403: { code: 'fhir.forbidden', words: 'The EHR does not let us see or change this record.' },
  404: { code: 'fhir.not-found', words: 'The EHR has no such record.' },
  409: { code: 'fhir.conflict', words: 'Somebody changed the record in the EHR meanwhile.' },
  410: { code: 'fhir.gone', words: 'The EHR has deleted this record.' },
  412: { code: 'fhir.conflict', words: 'Somebody changed the record in the EHR meanwhile.' },
};

/** The EHR understood and said no. */
export function refused(status: number): FhirFault {
  const known = REFUSALS[status];
  return new FhirFault(
    {
      code: known?.code ?? 'fhir.refused',
      kind: 'remote',
      words: known?.words ?? 'The EHR refused this. The EHR team can find the request by its time.',
      severity: status === 401 ? 'error' : 'warning',
    },
    status,
  );
}

/** `payload[0].contentString: empty` */
function fieldOf(fault: string): FieldFault {
  const [path, code] = fault.includes(': ') ? (fault.split(': ') as [string, string]) : ['', fault];
  const pointer = path.replaceAll(/\[(\d+)\]/g, '.$1').replaceAll('.', '/');
  return { pointer: pointer && `/${pointer}`, code: `fhir.${code}`, words: 'This is not sound FHIR.' };
}

/** `foreign`: the address is another server's. */
export function redirected(status: number, foreign = false): FhirFault {
  const fault = new FhirFault(
    {
      code: 'fhir.redirected',
      kind: 'remote',
      words: 'The EHR sends us to another address, which is never followed. Check the base address.',
      severity: 'error',
    },
    status,
  );
  fault.foreign = foreign ? 'redirect' : null;
  return fault;
}

/** Break-the-glass: a person may look in the EHR, saying why; we may not, and another try would be another break-in. */
export function restricted(status: number): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.restricted',
      kind: 'remote',
      words:
        'The EHR keeps this record under special protection. It is left alone; a person must look in the EHR.',
      severity: 'warning',
    },
    status,
  );
}

/** The connection is switched off: nothing is asked of this EHR. */
export function paused(): FhirFault {
  return new FhirFault({
    code: 'fhir.paused',
    kind: 'conflict',
    words: 'This EHR connection is switched off. Switch it on when the EHR may be used again.',
    retryable: true,
  });
}

/** The record was joined to another. Told by a redirect, which is never followed: what it names is knowledge alone. */
export class MergedRecord extends FhirFault {
  readonly #into: string;

  constructor(status: number, into: string) {
    super(
      {
        code: 'fhir.merged',
        kind: 'remote',
        words: 'The EHR has joined this record to another one. Use that one.',
      },
      status,
    );
    this.name = 'MergedRecord';
    this.#into = into;
  }

  /** `Patient/2`. Not a property: an error's properties may be logged. */
  into(): string {
    return this.#into;
  }
}

export function tooLarge(): FhirFault {
  return new FhirFault(
    {
      code: 'fhir.too-large',
      kind: 'remote',
      words: 'The EHR sent more than can be sound. Tell the EHR team.',
      severity: 'error',
    },
    null,
    'unknown',
  );
}
