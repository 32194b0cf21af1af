import type { Words } from './words.js';

export const fr: Words = {
  confirmed: 'Merci. Votre rendez-vous est confirmé.',
  cancelled: 'Votre rendez-vous est annulé. Merci de nous avoir prévenus.',
  confirmationPassed: 'Merci. Nous avons transmis votre confirmation à l’accueil.',
  cancellationPassed:
    'Nous avons transmis votre demande d’annulation à l’accueil. Le rendez-vous reste prévu jusqu’à son annulation.',
  buttonInvalid: 'Ce bouton n’est plus valable et rien n’a changé. Pour toute question, écrivez-nous ici.',
  buttonMoved: (when) =>
    `Ce bouton n’est plus valable et rien n’a changé. Votre rendez-vous est maintenant le ${when}.`,
  alreadyAnswered: 'Nous avons déjà cette réponse. Vous n’avez rien d’autre à faire.',
};
