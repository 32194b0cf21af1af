import type { Template } from '../model.js';
import { REMINDER_TEXTS, type ReminderText } from './reminder-texts.js';

/** The templates that every sandbox account begins with. */
export function defaultTemplates(): Template[] {
  const current = Object.entries(REMINDER_TEXTS).map(([language, text]) =>
    reminder('appointment_reminder', language, text),
  );
  const paused: Template = {
    ...reminder('appointment_reminder_v0', 'en', REMINDER_TEXTS['en']!),
    status: 'PAUSED',
  };
  return [...current, paused];
}

function reminder(name: string, language: string, text: ReminderText): Template {
  return {
    name,
    language,
    category: 'UTILITY',
    status: 'APPROVED',
    parameter_format: 'POSITIONAL',
    components: [
      { type: 'BODY', text: text.body },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: text.confirm },
          { type: 'QUICK_REPLY', text: text.cancel },
        ],
      },
    ],
  };
}
