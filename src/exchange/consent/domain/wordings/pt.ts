import type { Wording } from './wording.js';

export const pt: Wording = {
  version: '1',
  language: 'pt',
  title: 'Mensagens do seu hospital pelo WhatsApp',
  agreement:
    'Concordo que {hospital} me escreva pelo WhatsApp e leia as minhas respostas, para as finalidades que escolho aqui:',
  purposes: {
    'appointment-reminders': 'lembrar-me das minhas consultas e permitir que eu as confirme ou cancele;',
    'care-conversation': 'responder às minhas perguntas e conversar comigo sobre o meu cuidado;',
    education: 'enviar-me informações gerais sobre saúde;',
    surveys: 'perguntar se fiquei satisfeito ou satisfeita e como estou;',
    monitoring: 'pedir e receber as medições que faço em casa.',
  },
  information:
    'As mensagens podem conter o meu primeiro nome, o nome do hospital e a data, a hora e o local de uma consulta. Não mencionam doença, exame nem tratamento, a menos que eu escreva sobre isso. Um resumo protegido da conversa fica guardado no meu prontuário no hospital.',
  risks: [
    'O WhatsApp pertence à Meta. As mensagens passam pelos servidores da Meta, que podem estar em outros países. O hospital não controla o que a Meta guarda sobre quem escreveu a quem e quando.',
    'Uma mensagem pode aparecer na tela bloqueada do meu telefone, onde outras pessoas podem lê-la. Posso desativar isso nas configurações do telefone.',
    'Quem estiver com o meu telefone pode ler as mensagens: se eu o compartilhar, perder, vender ou se for roubado. Se eu mudar de número, aviso o hospital, porque o número antigo pode passar a outra pessoa.',
    'O WhatsApp não serve para emergências. Pode não haver ninguém lendo quando escrevo. Em uma emergência, ligo para o número de emergência.',
  ],
  stopping:
    'Posso parar a qualquer momento, sem dar motivo: respondendo PARAR ou STOP, ou avisando a equipe do hospital. Isso não muda nada no meu tratamento. O que foi escrito antes permanece no meu prontuário.',
  otherChannels:
    'Não sou obrigado ou obrigada a concordar. O hospital também pode falar comigo de outras formas, como telefonema, SMS, carta, e-mail ou no balcão. Posso dizer qual prefiro.',
};
