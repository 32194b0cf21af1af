/** Whether messages for patient `p` go to a guardian: changes at the hospital's midnight, to the instant. */
export const BY_PROXY = `(case when p.majority_check_at <= platform.now() then p.by_proxy_next else p.by_proxy end)`;

/** Whether patient `p` has died, by whichever of the person's records says so. */
export const DECEASED = `(p.deceased or exists (
  select from patients.patient merged
   where merged.organization_id = p.organization_id and merged.survivor_id = p.id and merged.deceased))`;

/** Whether the number of link `l` holds now. */
export const IN_FORCE_LINK = inForce('l', `l.state = 'active'`);

/** Whether proxy `x` speaks for the patient now, and can be reached at proxy address `a`. */
export const IN_FORCE_PROXY = `${inForce('x', 'x.active and x.code is not null')} and ${inForce('a')}`;

/**
 * Whether the number of link `l` is another grown-up patient's too: a child's record lists a parent's number as a rule,
 * and the dead read nothing. A merged record is nobody of its own.
 */
export const IS_SHARED = `exists (
  select from patients.link other
    join patients.patient p on p.organization_id = other.organization_id and p.id = other.patient_id
   where other.organization_id = l.organization_id and other.address_id = l.address_id
     and other.patient_id <> l.patient_id and ${inForce('other', `other.state = 'active'`)}
     and p.active and not p.deceased and p.survivor_id is null and p.erased_at is null and not ${BY_PROXY})`;

function inForce(row: string, also = 'true'): string {
  return `(${also} and (${row}.begins_at is null or ${row}.begins_at <= platform.now())
    and (${row}.ends_at is null or ${row}.ends_at > platform.now()))`;
}
