import type { Words } from './words.js';

export const pt: Words = {
  confirmed: 'Obrigado. A sua consulta está confirmada.',
  cancelled: 'A sua consulta foi cancelada. Obrigado por avisar.',
  confirmationPassed: 'Obrigado. Passamos a sua confirmação à recepção.',
  cancellationPassed:
    'Passamos o seu pedido de cancelamento à recepção. A consulta continua marcada até que a cancelem.',
  buttonInvalid: 'Este botão já não é válido e nada mudou. Em caso de dúvida, escreva para nós aqui.',
  buttonMoved: (when) => `Este botão já não é válido e nada mudou. A sua consulta agora é em ${when}.`,
  alreadyAnswered: 'Já temos esta resposta. Não é preciso fazer mais nada.',
};
