/** A key opens nothing any more. Ids: API key ids. */
export const ApiKeyRevoked = 'identity.api-key-revoked';
