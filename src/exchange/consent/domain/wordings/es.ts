import type { Wording } from './wording.js';

export const es: Wording = {
  version: '1',
  language: 'es',
  title: 'Mensajes de su hospital por WhatsApp',
  agreement:
    'Acepto que {hospital} me escriba por WhatsApp y lea mis respuestas para los fines que elijo aquí:',
  purposes: {
    'appointment-reminders': 'recordarme mis citas y permitirme confirmarlas o cancelarlas;',
    'care-conversation': 'responder a mis preguntas y hablar conmigo sobre mi atención;',
    education: 'enviarme información general sobre salud;',
    surveys: 'preguntarme si quedé satisfecho o satisfecha y cómo me encuentro;',
    monitoring: 'pedirme y recibir las mediciones que hago en casa.',
  },
  information:
    'Los mensajes pueden contener mi nombre de pila, el nombre del hospital y la fecha, la hora y el lugar de una cita. No mencionan una enfermedad, una prueba ni un tratamiento, salvo que yo escriba sobre ello. En mi historia del hospital se guarda un resumen protegido de la conversación.',
  risks: [
    'WhatsApp pertenece a Meta. Los mensajes pasan por los servidores de Meta, que pueden estar en otros países. El hospital no puede controlar lo que Meta guarda sobre quién escribió a quién y cuándo.',
    'Un mensaje puede aparecer en la pantalla bloqueada de mi teléfono, donde otras personas pueden leerlo. Puedo desactivarlo en los ajustes del teléfono.',
    'Quien tenga mi teléfono puede leer los mensajes: si lo comparto, lo pierdo, lo vendo o me lo roban. Si cambio de número aviso al hospital, porque el número anterior puede pasar a otra persona.',
    'WhatsApp no es para emergencias. Puede que nadie esté leyendo cuando escribo. En una emergencia llamo al número de emergencias.',
  ],
  stopping:
    'Puedo dejarlo en cualquier momento y sin dar motivos: respondiendo BAJA o STOP, o diciéndolo al personal del hospital. Eso no cambia nada en mi tratamiento. Lo escrito antes permanece en mi historia.',
  otherChannels:
    'No estoy obligado ni obligada a aceptar. El hospital también puede contactarme de otras maneras, como una llamada, un SMS, una carta, un correo electrónico o en el mostrador. Puedo decir cuál prefiero.',
};
