import type { Words } from './words.js';

export const es: Words = {
  confirmed: 'Gracias. Su cita está confirmada.',
  cancelled: 'Su cita está cancelada. Gracias por avisarnos.',
  arrived: 'En el hospital consta que usted ya ha llegado y no se ha cambiado nada. Si no es así, llámenos.',
  confirmationPassed: 'Solicitud recibida. Gracias: hemos pasado su confirmación a recepción.',
  cancellationPassed:
    'Solicitud recibida. La hemos pasado a recepción. Su cita sigue en pie hasta que le avisen.',
  buttonInvalid: 'Este botón ya no es válido y no se ha cambiado nada. Si tiene preguntas, escríbanos aquí.',
  buttonMoved: (when) => `Este botón ya no es válido y no se ha cambiado nada. Su cita es ahora el ${when}.`,
  alreadyAnswered: 'Ya tenemos esta respuesta. No hace falta nada más.',
};
