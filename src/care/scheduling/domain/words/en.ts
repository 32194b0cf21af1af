import type { Words } from './words.js';

export const en: Words = {
  confirmed: 'Thank you. Your appointment is confirmed.',
  cancelled: 'Your appointment is cancelled. Thank you for telling us.',
  confirmationPassed: 'Thank you. We have passed your confirmation to the desk.',
  cancellationPassed:
    'We have passed your request to cancel to the desk. Your appointment stands until they have cancelled it.',
  buttonInvalid:
    'This button is no longer valid, so nothing has changed. For questions, please write to us here.',
  buttonMoved: (when) =>
    `This button is no longer valid, so nothing has changed. Your appointment is now on ${when}.`,
  alreadyAnswered: 'We already have this answer. Nothing more is needed.',
};
