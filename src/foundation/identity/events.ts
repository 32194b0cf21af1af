/** A member of the staff may no longer sign in. Ids: staff ids. */
export const StaffDisabled = 'identity.staff-disabled';
