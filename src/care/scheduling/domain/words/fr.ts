import type { Words } from './words.js';

export const fr: Words = {
  confirmed: 'Merci. Votre rendez-vous est confirmé.',
  cancelled: 'Votre rendez-vous est annulé. Merci de nous avoir prévenus.',
  arrived: 'L’hôpital vous a noté comme arrivé et rien n’a changé. Si ce n’est pas le cas, appelez-nous.',
  confirmationPassed: 'Demande reçue. Merci : nous avons transmis votre confirmation à l’accueil.',
  cancellationPassed:
    'Demande reçue. Nous l’avons transmise à l’accueil. Votre rendez-vous est maintenu tant qu’il ne vous a pas répondu.',
  buttonInvalid: 'Ce bouton n’est plus valable et rien n’a changé. Pour toute question, écrivez-nous ici.',
  buttonMoved: (when) =>
    `Ce bouton n’est plus valable et rien n’a changé. Votre rendez-vous est maintenant le ${when}.`,
  alreadyAnswered: 'Nous avons déjà cette réponse. Vous n’avez rien d’autre à faire.',
};
