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
