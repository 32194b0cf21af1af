import { readSettings, type Settings } from '../../platform/config/settings.js';

/**
 * The product's settings, in the role that runs neither loops nor jobs. Routine log lines are the running product's
 * affair; a person at a terminal is told what is wrong. Throws ConfigurationFault.
 */
export function commandSettings(): Settings {
  const settings = readSettings('web');
  return settings.logLevel === 'info' ? { ...settings, logLevel: 'warn' } : settings;
}
