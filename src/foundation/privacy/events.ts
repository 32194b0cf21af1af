/** Somebody is erased: nothing of theirs can be read any more. Ids: erasure ids. */
export const ErasureCompleted = 'privacy.erasure-completed';
