/** Whether an address lies below a base: the same origin, at or below its path, and without a login of its own. */
export function isInside(base: URL, url: URL): boolean {
  const path = base.pathname.replace(/\/+$/, '');
  const below = url.pathname === path || url.pathname.startsWith(`${path}/`);
  return url.origin === base.origin && below && !url.username && !url.password && !hidesStep(url);
}

/** A slash or backslash in disguise: some servers decode it before they resolve `..`, and then it climbs. */
function hidesStep(url: URL): boolean {
  return /%2f|%5c/i.test(url.pathname);
}

/**
 * Where an address that the EHR named lies below its base; one below an alternate base is written on the base. A
 * relative one is taken from the base. Null when it is another's: nothing may be sent there.
 */
export function ownAddress(address: string, [base, ...alternates]: readonly [URL, ...URL[]]): URL | null {
  const from = base.href.replace(/\/*$/, '/');
  if (!URL.canParse(address, from)) return null;
  const url = new URL(address, from);
  if (isInside(base, url)) return url;
  const alternate = alternates.find((one) => isInside(one, url));
  if (!alternate) return null;
  const rest = url.pathname.slice(alternate.pathname.replace(/\/+$/, '').length);
  return new URL(`${base.href.replace(/\/+$/, '')}${rest}${url.search}`);
}
