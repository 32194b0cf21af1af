const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** A time with its offset; anything else becomes an invalid date, which IsDate refuses. */
export function asInstant({ value }: { value: unknown }): Date {
  return new Date(typeof value === 'string' && RFC_3339.test(value) ? value : NaN);
}
