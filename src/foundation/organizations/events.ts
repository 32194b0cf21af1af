/** Name, zone or languages changed. Ids: organization ids. */
export const OrganizationChanged = 'organizations.changed';
