import type { Words } from './words.js';

export const en: Words = {
  confirmed: 'Thank you. Your appointment is confirmed.',
  cancelled: 'Your appointment is cancelled. Thank you for telling us.',
  arrived: 'The hospital has you down as arrived, so nothing has changed. Please call us if that is wrong.',
  confirmationPassed: 'Request received. Thank you: we have passed your confirmation to the desk.',
  cancellationPassed:
    'Request received. We have passed it to the desk. Your appointment stands until you hear from them.',
  buttonInvalid:
    'This button is no longer valid, so nothing has changed. For questions, please write to us here.',
  buttonMoved: (when) =>
    `This button is no longer valid, so nothing has changed. Your appointment is now on ${when}.`,
  alreadyAnswered: 'We already have this answer. Nothing more is needed.',
};
