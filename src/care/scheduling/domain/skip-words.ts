/** Why a reminder did not reach its patient, in words for a nurse. */
const WORDS: Readonly<Record<string, string>> = {
  late: 'There were less than two hours left before the visit when this reminder could go.',
  superseded: 'The next reminder of the same visit was about to go, so this one was left out.',
  expired: 'The time in which this reminder is of use had passed.',
  'quiet-hours': 'It would have gone during quiet hours, and the visit is too soon after them.',
  'already-told': 'The patient had been told the same before.',
  'no-address': 'No WhatsApp number is known for the patient.',
  'no-name': 'The EHR has no given name for the patient.',
  'no-recipient': 'The WhatsApp number of the patient is not known any more.',
  'no-consent': 'The patient has not agreed to reminders.',
  'ehr-deny': 'The EHR says that the patient is not to be written to.',
  withdrawn: 'The patient has ended the consent.',
  'number-shared':
    'Another patient has the same number, and nobody has said that it reaches this one. Ask, and record the consent again.',
  'no-guardian': 'The patient is under age, and the EHR names no guardian who can be written to.',
  'guardian-expired': 'The patient is under age, and the guardian’s part has ended in the EHR.',
  'guardian-inactive': 'The patient is under age, and the EHR has the guardian as inactive.',
  'guardian-without-number': 'The patient is under age, and the EHR has no usable number of the guardian.',
  'guardian-no-consent': 'The patient is under age, and no guardian has agreed to reminders.',
  'proxy-ended': 'A guardian had agreed. The patient is of age now and must agree alone.',
  'not-linked': 'The EHR no longer lists this number for the patient.',
  deceased: 'The EHR has the patient as deceased.',
  inactive: 'The EHR has the record of the patient as inactive.',
  gone: 'The visit is gone from the EHR.',
  declined: 'The EHR has the patient as declined for this visit.',
  cancelled: 'The visit was cancelled.',
  noshow: 'The EHR has the patient as not having come.',
  'entered-in-error': 'The visit was entered in error.',
  arrived: 'The patient has arrived.',
  'checked-in': 'The patient has arrived.',
  fulfilled: 'The visit has taken place.',
  proposed: 'The visit is only proposed.',
  pending: 'The visit is not booked yet.',
  waitlist: 'The visit is only on the waiting list.',
  'visit-changed': 'The visit was changed; its new time has reminders of its own.',
  'patient-cancelled': 'The patient tapped Cancel.',
  'rule-removed': 'The hospital ended this reminder rule.',
  'answer-pending': 'Something that the patient wrote was still to be answered.',
  'patient-unknown': 'The patient of the visit could not be read from the EHR.',
  'template-missing': 'There is no approved message template for this reminder.',
  'template-mismatch': 'The message template has other fields than this reminder fills.',
  'template-not-found': 'WhatsApp does not know the message template.',
  'template-not-usable': 'WhatsApp has paused or rejected the message template.',
  'language-not-available': 'The message template does not exist in the language of the patient.',
  'ehr-unavailable': 'The EHR did not answer, and nothing is sent without looking at the visit first.',
  'ehr-refused': 'The EHR refused to show the visit.',
  'ehr-forbidden': 'The EHR does not let us see the visit.',
  'ehr-invalid': 'What the EHR holds of the visit cannot be read.',
  'content-unreadable': 'The key of the patient has been destroyed.',
  'no-answer': 'WhatsApp did not say whether it took the message. Look at the work item before you call.',
  fenced: 'The visit or the consent was being changed at that moment.',
};

const OF_META = 'WhatsApp did not deliver the message. Reach the patient in another way.';
const OTHER = 'It did not go. Your administrator can look up the code.';

/** Never empty: a code that has no words of its own says whom to ask. */
export function skipWords(reason: string): string {
  return WORDS[reason] ?? (reason.startsWith('meta-') ? OF_META : OTHER);
}
