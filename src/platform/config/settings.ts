import { plainToInstance } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';
import { FAILPOINTS, readFailpoint, type FailpointWish } from '../failpoint/failpoint.js';

export const SETTINGS = Symbol('SETTINGS');

export type Role = 'all' | 'web' | 'worker';

/** All that the environment decides, read once. Blank is the same as unset. */
export interface Settings {
  role: Role;
  production: boolean;
  sandbox: boolean;
  /** Unset: the embedded server. */
  databaseUrl: string | null;
  migrationUrl: string | null;
  host: string;
  port: number;
  publicUrl: string | null;
  setupFile: string | null;
  dataDir: string;
  /** `file:<folder>`. */
  keyring: string;
  bootstrapApiKey: string | null;
  logLevel: string;
  /** Where a sandbox's process is to die. */
  failpoint: FailpointWish | null;
}

/** Every fault of the configuration at once, in words. The process ends with exit code 78. */
export class ConfigurationFault extends Error {
  static readonly exitCode = 78;

  constructor(readonly faults: readonly string[]) {
    super('configuration');
    this.name = 'ConfigurationFault';
  }
}

const POSTGRES_URL = { protocols: ['postgres', 'postgresql'], require_tld: false, require_protocol: true };

class Environment {
  @IsOptional()
  @IsUrl(POSTGRES_URL, { message: 'must be a postgres:// address' })
  DATABASE_URL?: string;

  @IsOptional()
  @IsUrl(POSTGRES_URL, { message: 'must be a postgres:// address' })
  DATABASE_MIGRATION_URL?: string;

  @IsOptional()
  @IsString()
  HOST?: string;

  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be 0 to 65535' })
  @Max(65_535, { message: 'must be 0 to 65535' })
  PORT?: number;

  @IsOptional()
  @IsUrl(
    { require_tld: false, require_protocol: true, protocols: ['http', 'https'] },
    { message: 'must be an http(s) address' },
  )
  PUBLIC_URL?: string;

  @IsOptional()
  @IsString()
  CARETHREAD_SETUP_FILE?: string;

  @IsOptional()
  @IsString()
  CARETHREAD_DATA_DIR?: string;

  @IsOptional()
  @Matches(/^file:.+/, { message: 'must be file:<folder>' })
  CARETHREAD_KEYRING?: string;

  @IsOptional()
  @MinLength(32, { message: 'must have at least 32 characters' })
  CARETHREAD_BOOTSTRAP_API_KEY?: string;

  @IsOptional()
  @IsIn(['true', 'false'], { message: 'must be true or false' })
  SANDBOX?: string;

  /** `send.claimed@3` */
  @IsOptional()
  @IsString()
  SANDBOX_FAILPOINT?: string;

  @IsOptional()
  @IsIn(['debug', 'info', 'warn', 'error', 'silent'], {
    message: 'must be debug, info, warn, error or silent',
  })
  LOG_LEVEL?: string;

  @IsOptional()
  @IsIn(['production', 'development', 'test'], { message: 'must be production, development or test' })
  NODE_ENV?: string;
}

const NAMES = [
  'DATABASE_URL',
  'DATABASE_MIGRATION_URL',
  'HOST',
  'PORT',
  'PUBLIC_URL',
  'CARETHREAD_SETUP_FILE',
  'CARETHREAD_DATA_DIR',
  'CARETHREAD_KEYRING',
  'CARETHREAD_BOOTSTRAP_API_KEY',
  'SANDBOX',
  'SANDBOX_FAILPOINT',
  'LOG_LEVEL',
  'NODE_ENV',
] as const;

/** Reads the environment; throws ConfigurationFault with every fault at once. */
export function readSettings(role: Role, from: NodeJS.ProcessEnv = process.env): Settings {
  const environment = take(from);
  const faults = [...shapeFaults(environment), ...ruleFaults(environment)];
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return settingsOf(role, environment);
}

const DEFAULTS = { HOST: '127.0.0.1', PORT: 3000, CARETHREAD_DATA_DIR: '.data', LOG_LEVEL: 'info' };

function settingsOf(role: Role, environment: Environment): Settings {
  const given: Environment & typeof DEFAULTS = { ...DEFAULTS, ...withoutUnset(environment) };
  return {
    role,
    production: given.NODE_ENV === 'production',
    sandbox: given.SANDBOX === 'true',
    databaseUrl: given.DATABASE_URL ?? null,
    migrationUrl: given.DATABASE_MIGRATION_URL ?? null,
    host: given.HOST,
    port: given.PORT,
    publicUrl: given.PUBLIC_URL ?? null,
    setupFile: given.CARETHREAD_SETUP_FILE ?? null,
    dataDir: given.CARETHREAD_DATA_DIR,
    keyring: given.CARETHREAD_KEYRING ?? `file:${given.CARETHREAD_DATA_DIR}/keyring`,
    bootstrapApiKey: given.CARETHREAD_BOOTSTRAP_API_KEY ?? null,
    logLevel: given.LOG_LEVEL,
    failpoint: readFailpoint(given.SANDBOX_FAILPOINT ?? ''),
  };
}

/** A class field that nobody set is there as undefined, and would hide its default. */
function withoutUnset(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
}

function take(from: NodeJS.ProcessEnv): Environment {
  const found = NAMES.flatMap((name) => (from[name]?.trim() ? [[name, from[name].trim()] as const] : []));
  const plain = Object.fromEntries(found) as Record<string, unknown>;
  if (plain['PORT'] !== undefined) plain['PORT'] = Number(plain['PORT']);
  return plainToInstance(Environment, plain);
}

function shapeFaults(environment: Environment): string[] {
  return validateSync(environment).map(
    (fault) => `${fault.property} ${Object.values(fault.constraints ?? {}).join(', ')}.`,
  );
}

function ruleFaults(environment: Environment): string[] {
  const faults: string[] = [];
  if (environment.DATABASE_MIGRATION_URL && !environment.DATABASE_URL) {
    faults.push('DATABASE_MIGRATION_URL needs DATABASE_URL beside it.');
  }
  if (environment.SANDBOX_FAILPOINT)
    faults.push(...failpointFaults(environment.SANDBOX_FAILPOINT, environment.SANDBOX));
  if (environment.NODE_ENV !== 'production') return faults;
  if (!environment.DATABASE_URL)
    faults.push('DATABASE_URL must be set in production: the embedded server is for trials.');
  if (environment.SANDBOX === 'true') faults.push('SANDBOX=true is refused in production.');
  return faults;
}

function failpointFaults(text: string, sandbox: string | undefined): string[] {
  const faults: string[] = [];
  if (sandbox !== 'true') faults.push('SANDBOX_FAILPOINT needs SANDBOX=true beside it.');
  if (!readFailpoint(text))
    faults.push(
      `SANDBOX_FAILPOINT must be one of ${FAILPOINTS.join(', ')}, with @N behind it for the Nth passing.`,
    );
  return faults;
}
