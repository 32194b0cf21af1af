import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

/** A checked value, or every fault in it at once, each with its path. */
export type Checked<T> = { value: T } | { faults: string[] };

/** Checks a plain value against a class of class-validator rules. `at` is where the value stands: `organizations[0].ehr[1]`. */
export function checked<T extends object>(type: ClassConstructor<T>, value: unknown, at: string): Checked<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: [`${at} must be a mapping.`] };
  const instance = plainToInstance(type, value);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  if (errors.length > 0) return { faults: errors.flatMap((error) => faultsOf(error, at)) };
  return { value: instance };
}

/** Checks each element of a list; a list that is absent is empty. */
export function checkedList<T>(
  value: unknown,
  at: string,
  one: (value: unknown, at: string) => Checked<T>,
): Checked<T[]> {
  if (value === undefined || value === null) return { value: [] };
  if (!Array.isArray(value)) return { faults: [`${at} must be a list.`] };
  const results = value.map((element, index) => one(element, `${at}[${index}]`));
  const faults = results.flatMap((result) => ('faults' in result ? result.faults : []));
  if (faults.length > 0) return { faults };
  return { value: results.flatMap((result) => ('value' in result ? [result.value] : [])) };
}

function faultsOf(error: ValidationError, parent: string): string[] {
  const at = /^\d+$/.test(error.property) ? `${parent}[${error.property}]` : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, words]) =>
    rule === 'whitelistValidation' ? `${at} is not a known setting.` : `${at}: ${words}.`,
  );
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, at))];
}
