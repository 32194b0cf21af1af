import type { Patient } from 'fhir/r4.js';
import { addDecision } from './consent-cases.js';
import type { Ward } from './ward.js';

/** Records of one person that were joined before the run; the events join and part two more. */
export function addMergeCases(ward: Ward): void {
  const [source, survivor] = sameNumber(ward, 'merge/simple');
  join(source, survivor);

  const [a, b] = sameNumber(ward, 'merge/chain');
  const c = ward.patient({ telecom: a.telecom, name: a.name, birthDate: a.birthDate }, 'merge/chain');
  join(a, b);
  join(b, c);

  const [left, right] = sameNumber(ward, 'merge/loop');
  join(left, right);
  join(right, left);

  const [refused, agreed] = [ward.patient({}, 'merge/conflict'), ward.patient({}, 'merge/conflict')];
  refused.name = agreed.name;
  addDecision(ward, refused, { type: 'deny', name: 'merge/conflict' });
  addDecision(ward, agreed, { type: 'permit', name: 'merge/conflict' });
  join(refused, agreed);

  const gone = ward.deletedPatient('merge/source-deleted');
  const left2 = ward.patient({}, 'merge/source-deleted');
  left2.link = [{ type: 'replaces', other: { reference: `Patient/${gone}` } }];

  ward.patient({}, 'merge/later');
  ward.patient({}, 'merge/later');
}

function sameNumber(ward: Ward, name: string): [Patient, Patient] {
  const survivor = ward.patient({}, name);
  const { telecom, name: names, birthDate } = survivor;
  return [ward.patient({ telecom, name: names, birthDate }, name), survivor];
}

/** The source says who replaced it, the survivor whom it replaces. */
function join(source: Patient, survivor: Patient): void {
  source.active = false;
  source.link = [
    ...(source.link ?? []),
    { type: 'replaced-by', other: { reference: `Patient/${survivor.id}` } },
  ];
  survivor.link = [
    ...(survivor.link ?? []),
    { type: 'replaces', other: { reference: `Patient/${source.id}` } },
  ];
}
