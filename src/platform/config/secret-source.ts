import { readFileSync } from 'node:fs';
import { IsOptional, IsString, MinLength } from 'class-validator';
import { checked, type Checked } from './checked.js';

/** Where a secret of the setup file comes from: exactly one of the three. */
export class SecretSource {
  @IsOptional()
  @IsString()
  @MinLength(1)
  value?: string;

  /** Name of an environment variable. */
  @IsOptional()
  @IsString()
  env?: string;

  /** Path of a file; a line break at its end does not count. */
  @IsOptional()
  @IsString()
  file?: string;
}

/** Reads a secret. Faults name the place, never the secret. */
export function readSecret(source: unknown, at: string): Checked<string> {
  const shape = checked(SecretSource, source, at);
  if ('faults' in shape) return shape;
  const { value, env, file } = shape.value;
  if ([value, env, file].filter((way) => way !== undefined).length !== 1) {
    return { faults: [`${at} needs exactly one of value, env and file.`] };
  }
  if (value !== undefined) return { value };
  return env === undefined ? fromFile(file!, at) : fromEnvironment(env, at);
}

function fromEnvironment(name: string, at: string): Checked<string> {
  const value = process.env[name]?.trim();
  return value ? { value } : { faults: [`${at}: the environment variable ${name} is not set.`] };
}

function fromFile(path: string, at: string): Checked<string> {
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return value ? { value } : { faults: [`${at}: the file ${path} is empty.`] };
  } catch {
    return { faults: [`${at}: the file ${path} cannot be read.`] };
  }
}
