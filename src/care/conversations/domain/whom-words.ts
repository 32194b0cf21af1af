/** Asks whom a message is about, on a number that several patients have: no name, no visit, nothing to tap. */
const QUESTIONS: Readonly<Record<string, string>> = {
  en: 'Several of our patients can be reached at this number. Whom is your message about? Please answer with the first name only.',
  ml: 'ഈ നമ്പറിൽ ഞങ്ങളുടെ ഒന്നിലധികം രോഗികളുണ്ട്. ആരെക്കുറിച്ചാണ് നിങ്ങളുടെ സന്ദേശം? ദയവായി പേരിന്റെ ആദ്യഭാഗം മാത്രം എഴുതി മറുപടി നൽകുക.',
  hi: 'इस नंबर पर हमारे एक से अधिक मरीज़ हैं। आपका संदेश किसके बारे में है? कृपया केवल पहला नाम लिखकर उत्तर दें।',
  ar: 'هذا الرقم مسجّل لدينا لأكثر من مريض. بمن تتعلق رسالتكم؟ يُرجى الرد بالاسم الأول فقط.',
  es: 'Varios de nuestros pacientes tienen este número. ¿De quién trata su mensaje? Responda solo con el nombre de pila.',
  pt: 'Vários dos nossos pacientes têm este número. Sobre quem é a sua mensagem? Responda apenas com o primeiro nome.',
  fr: 'Plusieurs de nos patients ont ce numéro. De qui parle votre message ? Répondez seulement par le prénom.',
};

/** The question in the first of these languages (BCP 47) that we speak, else in English. */
export function whomQuestion(languages: readonly (string | null)[]): string {
  for (const language of languages) {
    const words = QUESTIONS[language?.toLowerCase().split(/[-_]/)[0] ?? ''];
    if (words) return words;
  }
  return QUESTIONS['en']!;
}
