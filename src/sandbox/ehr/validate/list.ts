/** A list, whatever stands in its place. */
export const list = <T>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : []);
