import type { Words } from './words.js';

export const es: Words = {
  confirmed: 'Gracias. Su cita está confirmada.',
  cancelled: 'Su cita está cancelada. Gracias por avisarnos.',
  confirmationPassed: 'Gracias. Hemos pasado su confirmación a recepción.',
  cancellationPassed:
    'Hemos pasado su solicitud de cancelación a recepción. Su cita sigue en pie hasta que la cancelen.',
  buttonInvalid: 'Este botón ya no es válido y no se ha cambiado nada. Si tiene preguntas, escríbanos aquí.',
  buttonMoved: (when) => `Este botón ya no es válido y no se ha cambiado nada. Su cita es ahora el ${when}.`,
  alreadyAnswered: 'Ya tenemos esta respuesta. No hace falta nada más.',
};
