/** Ids are patient ids: reachable at an address where they were not before. */
export const PatientLinked = 'patients.linked';
/** Ids are patient ids: the addresses to use, or their order, changed. */
export const AddressChanged = 'patients.address-changed';
