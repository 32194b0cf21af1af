/** Ids are patient ids: reachable at an address where they were not before. */
export const PatientLinked = 'patients.linked';
/** Ids are patient ids: the addresses to use, or their order, changed. */
export const AddressChanged = 'patients.address-changed';
/** Ids are those of merged records: another record stands for them now, or another than before. */
export const PatientMerged = 'patients.merged';
/** Ids are those of records that stand for themselves again. */
export const PatientUnmerged = 'patients.unmerged';
/** Ids are alias ids: who stands for a record is another than before, and may not have been read yet. */
export const AliasChanged = 'patients.alias-changed';
/** Ids are patient ids: the record says that it replaces another, which has not said so itself. */
export const ReplacementClaimed = 'patients.replacement-claimed';
