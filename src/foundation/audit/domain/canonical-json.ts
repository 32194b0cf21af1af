type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON with sorted keys and no spaces, as RFC 8785 has it for this subset: the same value is always the same bytes.
 * Members that are undefined are left out. Throws TypeError for a number that JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return objectOf(value as { [key: string]: Json | undefined });
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a finite number');
  return JSON.stringify(value);
}

function objectOf(value: { readonly [key: string]: Json | undefined }): string {
  let members = '';
  // By UTF-16 code units, as RFC 8785 section 3.2.3 asks and as sort() does. Plain steps: every event of the log comes here.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    members += `${members && ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}
