import type { Words } from './words.js';

export const pt: Words = {
  confirmed: 'Obrigado. A sua consulta está confirmada.',
  cancelled: 'A sua consulta foi cancelada. Obrigado por avisar.',
  arrived: 'O hospital tem registo de que já chegou e nada mudou. Se não for assim, telefone-nos.',
  confirmationPassed: 'Pedido recebido. Obrigado: passamos a sua confirmação à recepção.',
  cancellationPassed:
    'Pedido recebido. Passamos o pedido à recepção. A sua consulta continua marcada até que lhe respondam.',
  buttonInvalid: 'Este botão já não é válido e nada mudou. Em caso de dúvida, escreva para nós aqui.',
  buttonMoved: (when) => `Este botão já não é válido e nada mudou. A sua consulta agora é em ${when}.`,
  alreadyAnswered: 'Já temos esta resposta. Não é preciso fazer mais nada.',
};
