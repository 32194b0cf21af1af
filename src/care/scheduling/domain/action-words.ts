/** What became of a patient's wish, in words for a nurse. */
const WORDS: Readonly<Record<string, string>> = {
  'ehr-cannot-write': 'This EHR takes no such change from us. Do it there by hand.',
  'ehr-did-not-take-it': 'The EHR said yes and did something else. Look at the visit there.',
  'ehr-unavailable': 'The EHR did not answer for several minutes. Do it there by hand.',
  'ehr-failed':
    'The change failed for a reason of ours. Do it in the EHR by hand, and tell your administrator.',
  'answer-not-kept': 'What the EHR answered could not be kept. Look at the visit there.',
  'group-visit': 'Several patients take part in this visit, so it is not cancelled for one of them.',
  'ehr-forbidden': 'The EHR does not let us see the visit.',
  'ehr-invalid': 'What the EHR holds of the visit cannot be read.',
  'ehr-refused': 'The EHR refused to show the visit.',
  'ehr-refused-gone': 'The EHR has the visit no more.',
  'ehr-refused-forbidden': 'The EHR does not let us change the visit.',
  'ehr-refused-invalid': 'What the EHR holds of the visit cannot be read.',
  'ehr-refused-no-participant': 'The EHR has the patient as taking part no more.',
  'ehr-refused-version-conflict': 'Somebody kept changing the visit in the EHR at the same moment.',
  'ehr-refused-no-version': 'The EHR shows no version of the visit, so a change of yours could be lost.',
  'ehr-refused-not-cancelable': 'The EHR says of this visit that it cannot be cancelled from outside.',
  'ehr-refused-not-reschedulable': 'The EHR says of this visit that it cannot be moved from outside.',
  'ehr-refused-slot-taken': 'Somebody else has the time by now. Offer another one.',
  'ehr-refused-no-slot': 'The visit has no slot in the EHR that could be changed.',
  'ehr-refused-http-422': 'The EHR has a rule against this change. Its own screen says which.',
  'visit-changed': 'The visit was changed before the answer could be applied.',
  'patient-changed-mind': 'The patient tapped the other button later.',
  arrived: 'The EHR has the patient as arrived. Nothing was changed; the patient was asked to call.',
  'heard-too-late': 'The visit had begun before we could read the answer.',
};

const PAST: Readonly<Record<string, string>> = {
  'ehr-refused-status-': 'The visit is past the point at which this can be done.',
  'ehr-refused-http-': 'The EHR refused the change. The EHR team can find the request by its time.',
};

const OTHER = 'It could not be done in the EHR. Your administrator can look up the code.';

/** Never empty: a code without words of its own says whom to ask. */
export function actionWords(reason: string): string {
  const [, words] = Object.entries(PAST).find(([beginning]) => reason.startsWith(beginning)) ?? [];
  return WORDS[reason] ?? words ?? OTHER;
}
