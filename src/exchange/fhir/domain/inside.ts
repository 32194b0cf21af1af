/** Whether an address lies below a base: the same origin, at or below its path, and without a login of its own. */
export function isInside(base: URL, url: URL): boolean {
  const path = base.pathname.replace(/\/+$/, '');
  const below = url.pathname === path || url.pathname.startsWith(`${path}/`);
  return url.origin === base.origin && below && !url.username && !url.password;
}
