import type { DatasetName } from '../../dataset/index.js';
import { athena } from './athena.js';
import { epic } from './epic.js';
import { hapi } from './hapi.js';
import { healthlake } from './healthlake.js';
import { narrow } from './narrow.js';
import { oracle } from './oracle.js';
import { open } from './open.js';
import type { Profile } from './profile.js';

export const profiles = {
  open,
  narrow,
  'hapi-like': hapi,
  'epic-like': epic,
  'oracle-like': oracle,
  'athena-like': athena,
  'healthlake-like': healthlake,
} satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export const isProfileName = (name: unknown): name is ProfileName =>
  typeof name === 'string' && Object.hasOwn(profiles, name);

const usual: Record<DatasetName, Record<string, ProfileName>> = {
  small: { harbour: 'narrow' },
  full: { harbour: 'epic-like', island: 'hapi-like' },
  load: {},
};

/** The profile that a hospital has when nobody asks for another: `open` where none is named. */
export const usualProfile = (dataset: DatasetName, slug: string): ProfileName =>
  usual[dataset][slug] ?? 'open';
