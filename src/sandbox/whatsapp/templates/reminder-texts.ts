export interface ReminderText {
  body: string;
  confirm: string;
  cancel: string;
}

/** {{1}} patient's first name, {{2}} hospital, {{3}} weekday and date, {{4}} time with its zone, {{5}} place. */
export const REMINDER_TEXTS: Record<string, ReminderText> = {
  en: {
    body: 'Hello {{1}}, this is {{2}}. You have an appointment on {{3}} at {{4}}, place: {{5}}. Can you come? Please tap an answer.',
    confirm: 'Confirm',
    cancel: 'Cancel',
  },
  es: {
    body: 'Hola {{1}}, le escribe {{2}}. Tiene una cita el {{3}} a las {{4}}, lugar: {{5}}. ¿Podrá venir? Toque una respuesta.',
    confirm: 'Confirmar',
    cancel: 'Cancelar',
  },
  ml: {
    body: 'നമസ്കാരം {{1}}, ഇത് {{2}} ആണ്. നിങ്ങളുടെ അപ്പോയിന്റ്മെന്റ് {{3}}, സമയം {{4}}, സ്ഥലം: {{5}}. വരാൻ കഴിയുമോ? ദയവായി ഒരു ഉത്തരം തിരഞ്ഞെടുക്കുക.',
    confirm: 'സ്ഥിരീകരിക്കുക',
    cancel: 'റദ്ദാക്കുക',
  },
  hi: {
    body: 'नमस्ते {{1}}, यह {{2}} है। आपका अपॉइंटमेंट {{3}} को है, समय {{4}}, स्थान: {{5}}। क्या आप आ पाएँगे? कृपया एक उत्तर चुनें।',
    confirm: 'पुष्टि करें',
    cancel: 'रद्द करें',
  },
  ar: {
    body: 'مرحبًا {{1}}، معكم {{2}}. لديكم موعد يوم {{3}} الساعة {{4}}، المكان: {{5}}. هل يمكنكم الحضور؟ يُرجى اختيار إجابة.',
    confirm: 'تأكيد',
    cancel: 'إلغاء',
  },
  pt_BR: {
    body: 'Olá, {{1}}, aqui é {{2}}. Você tem uma consulta em {{3}} às {{4}}, local: {{5}}. Você poderá vir? Toque em uma resposta.',
    confirm: 'Confirmar',
    cancel: 'Cancelar',
  },
  fr: {
    body: 'Bonjour {{1}}, ici {{2}}. Vous avez rendez-vous le {{3}} à {{4}}, lieu : {{5}}. Pourrez-vous venir ? Touchez une réponse.',
    confirm: 'Confirmer',
    cancel: 'Annuler',
  },
};
