import type { Wording } from './wording.js';

export const fr: Wording = {
  version: '1',
  language: 'fr',
  title: 'Messages de votre hôpital sur WhatsApp',
  agreement:
    'J’accepte que {hospital} m’écrive sur WhatsApp et lise mes réponses, pour les finalités que je choisis ici :',
  purposes: {
    'appointment-reminders':
      'me rappeler mes rendez-vous et me permettre de les confirmer ou de les annuler ;',
    'care-conversation': 'répondre à mes questions et échanger avec moi au sujet de mes soins ;',
    education: 'm’envoyer des informations générales sur la santé ;',
    surveys: 'me demander si j’ai été satisfait ou satisfaite et comment je vais ;',
    monitoring: 'me demander et recevoir les mesures que je prends à la maison.',
  },
  information:
    'Les messages peuvent contenir mon prénom, le nom de l’hôpital ainsi que la date, l’heure et le lieu d’un rendez-vous. Ils ne nomment ni maladie, ni examen, ni traitement, sauf si j’en parle moi-même. Un résumé protégé de la conversation est conservé dans mon dossier à l’hôpital.',
  risks: [
    'WhatsApp appartient à Meta. Les messages passent par les serveurs de Meta, qui peuvent se trouver dans d’autres pays. L’hôpital ne maîtrise pas ce que Meta conserve sur qui a écrit à qui et quand.',
    'Un message peut s’afficher sur l’écran verrouillé de mon téléphone, où d’autres peuvent le lire. Je peux désactiver cela dans les réglages du téléphone.',
    'Toute personne qui a mon téléphone peut lire les messages : si je le partage, le perds, le vends ou si on me le vole. Si je change de numéro, je préviens l’hôpital, car l’ancien numéro peut être attribué à quelqu’un d’autre.',
    'WhatsApp n’est pas fait pour les urgences. Il se peut que personne ne lise au moment où j’écris. En cas d’urgence, j’appelle le numéro d’urgence.',
  ],
  stopping:
    'Je peux arrêter à tout moment, sans donner de raison : en répondant ARRÊT ou STOP, ou en le disant au personnel de l’hôpital. Cela ne change rien à mes soins. Ce qui a été écrit auparavant reste dans mon dossier.',
  otherChannels:
    'Je ne suis pas obligé ou obligée d’accepter. L’hôpital peut aussi me joindre autrement, par exemple par téléphone, SMS, courrier, e-mail ou à l’accueil. Je peux dire ce que je préfère.',
};
