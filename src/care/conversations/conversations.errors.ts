import { Fault } from '../../platform/errors/fault.js';

export function closedAlready(): Fault {
  return new Fault({
    code: 'conversation.closed',
    kind: 'conflict',
    words: 'The conversation has ended. It opens again when the patient writes.',
  });
}

export function stillAnswering(): Fault {
  return new Fault({
    code: 'conversation.answering',
    kind: 'conflict',
    words: 'A message of the patient is just being answered. Try again in a moment.',
    retryable: true,
  });
}

export function unknownPatient(): Fault {
  return new Fault({
    code: 'conversation.unknown-patient',
    kind: 'unprocessable',
    words: 'There is no such patient.',
  });
}

export function nothingToAssign(): Fault {
  return new Fault({
    code: 'conversation.nothing-to-assign',
    kind: 'invalid',
    words: 'Send patient, assignee or both.',
  });
}

const WORDS: Record<string, string> = {
  'window-closed':
    'The patient wrote more than 24 hours ago: WhatsApp lets through templates only. Send one, or call the patient.',
  'no-consent':
    'No consent to a conversation on WhatsApp is recorded for everybody on this number. Reach the patient another way.',
  withdrawn: 'The patient has withdrawn consent. Reach the patient another way.',
  'ehr-deny': 'The EHR says that the patient is not to be written to. Reach the patient another way.',
  deceased: 'The EHR says that the patient has died. Nothing is sent.',
  inactive: 'The EHR no longer uses this patient record. Nothing is sent.',
  'not-linked':
    'The EHR no longer lists this number for the patient: somebody else may read it. Reach the patient another way.',
  'number-shared':
    'Other patients have this number too, and nobody has said that it reaches this one. Assign the conversation first.',
  'proxy-ended':
    'A guardian had agreed, and the patient is of age now. Ask the patient, and record the consent again.',
  'no-recipient': 'The WhatsApp number of this conversation is not known any more.',
};

/** The gate's reason is the code, so that a screen can tell them apart. */
export function replyRefused(reason: string): Fault {
  return new Fault({
    code: reason,
    kind: 'conflict',
    words: WORDS[reason] ?? 'This reply cannot be sent now. The code says why.',
  });
}
