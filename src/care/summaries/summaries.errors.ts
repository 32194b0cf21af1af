import { Fault } from '../../platform/errors/fault.js';

export function notComposed(): Fault {
  return new Fault({
    code: 'summary.not-composed',
    kind: 'conflict',
    words: 'There is no summary yet: first name the patient of the conversation.',
  });
}

export function goneFromEhr(): Fault {
  return new Fault({
    code: 'summary.gone-from-ehr',
    kind: 'gone',
    words: 'The EHR has withdrawn this record. Ask your records department.',
  });
}

export function notReadable(): Fault {
  return new Fault({
    code: 'summary.not-readable',
    kind: 'remote',
    words: 'What the EHR holds is not the summary that was written. Tell your administrator.',
    severity: 'error',
  });
}

export function retracted(): Fault {
  return new Fault({
    code: 'summary.retracted',
    kind: 'gone',
    words: 'This summary was taken back. Ask your records department.',
  });
}

/** Its writer holds it for some seconds. */
export function beingWritten(): Fault {
  return new Fault({
    code: 'summary.being-written',
    kind: 'conflict',
    words: 'This summary is being written at this moment. Try again in a minute.',
    retryable: true,
  });
}

/** Its patient was erased, or another worker has it by now. */
export function stopped(): Fault {
  return new Fault({
    code: 'summary.stopped',
    kind: 'conflict',
    words: 'This summary is no longer to be written.',
    retryable: true,
  });
}

export function patientGone(): Fault {
  return new Fault({
    code: 'summary.patient-gone',
    kind: 'gone',
    words: 'The patient of this summary is gone.',
  });
}

/** The EHR keeps a record of the patient behind break-the-glass: nothing is written there, whichever record it names. */
export function patientRestricted(): Fault {
  return new Fault({
    code: 'summary.patient-restricted',
    kind: 'conflict',
    words: 'The EHR keeps this patient under special protection. The summary stays here; look in the EHR.',
  });
}

/** A correction names in the EHR what it corrects. */
export function originalAwaited(): Fault {
  return new Fault({
    code: 'summary.original-awaited',
    kind: 'unavailable',
    words: 'The summary that this one corrects is not in the EHR yet. It follows by itself.',
    retryable: true,
  });
}
