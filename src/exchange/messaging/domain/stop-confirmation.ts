/** One sentence: what ended and how to come back. Nothing about health, nothing to tap. */
const CONFIRMATIONS: Record<string, string> = {
  en: 'You will get no more messages from us here. To receive them again, please ask at the desk.',
  ml: 'ഇനി ഇവിടെ ഞങ്ങളിൽ നിന്ന് സന്ദേശങ്ങൾ ലഭിക്കില്ല. വീണ്ടും ലഭിക്കാൻ ദയവായി ഡെസ്കിൽ അറിയിക്കുക.',
  hi: 'अब आपको यहाँ हमारी ओर से कोई संदेश नहीं मिलेगा। फिर से पाने के लिए कृपया डेस्क पर बताएँ।',
  ar: 'لن تصلكم منا رسائل أخرى هنا. لاستلامها من جديد يُرجى إبلاغ مكتب الاستقبال.',
  es: 'Ya no recibirá más mensajes nuestros por aquí. Para volver a recibirlos, avise en recepción.',
  pt: 'Você não receberá mais mensagens nossas por aqui. Para voltar a recebê-las, avise na recepção.',
  fr: "Vous ne recevrez plus de messages de notre part ici. Pour en recevoir à nouveau, adressez-vous à l'accueil.",
};

/** The confirmation of an opt-out in the first of these languages (BCP 47) that we have, else in English. */
export function stopConfirmation(languages: readonly (string | null)[]): string {
  for (const language of languages) {
    const words = CONFIRMATIONS[language?.toLowerCase().split(/[-_]/)[0] ?? ''];
    if (words) return words;
  }
  return CONFIRMATIONS['en']!;
}
