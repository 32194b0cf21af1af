/** A patient agreed to a purpose on an address. Ids: consent ids. */
export const ConsentGranted = 'consent.granted';

/** A consent ended. Ids: consent ids. */
export const ConsentWithdrawn = 'consent.withdrawn';
