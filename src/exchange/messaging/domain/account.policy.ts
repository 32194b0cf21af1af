/** Meta's ids are digits; up to 2^63. */
export const META_ID = /^\d{1,20}$/;

/** With the version and without a slash at the end: `https://graph.facebook.com/v25.0`. */
export const GRAPH_BASE_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?\/v\d{1,3}\.\d{1,2}$/;

/** A token in the clear would be read on the way: plain HTTP is for the own network alone. */
export function isAllowedBaseUrl(url: string, allowPrivateNetwork: boolean): boolean {
  return URL.canParse(url) && (allowPrivateNetwork || url.startsWith('https://'));
}
