/**
 * What people send who want no more messages, by language. "Cancel" and its translations are missing on purpose:
 * beside an appointment they mean the appointment. So are words that answer a question ("no more", "not wanted",
 * "closed").
 */
export const STOP_PHRASES: Readonly<Record<string, readonly string[]>> = {
  en: list(`
    stop, stopp, stop all, stopall, stop it, stop please, please stop, stop now, stop this,
    stop messages, stop message, stop messaging, stop messaging me, stop sending,
    stop sending messages, stop sending me messages, please stop sending messages, stop texting,
    stop texting me, stop texts, stop whatsapp, stop contacting me, unsubscribe, unsubscribe me,
    unsubscribe all, optout, opt out, opt me out, quit, end, remove me, no more messages,
    do not message me, don't message me, dont message me, do not contact me, don't contact me,
    dont contact me, do not text me, don't text me, dont text me`),
  ml: list(`
    നിർത്തുക, നിർത്തൂ, നിർത്ത്, നിർത്തു, നിർത്തണം, നിർത്തിക്കോ, സ്റ്റോപ്പ്, സ്റ്റോപ്,
    സന്ദേശം നിർത്തുക, സന്ദേശങ്ങൾ നിർത്തുക, മെസ്സേജ് നിർത്തുക, മെസേജ് നിർത്തുക, സന്ദേശം വേണ്ട,
    സന്ദേശങ്ങൾ വേണ്ട, മെസ്സേജ് വേണ്ട, മെസേജ് വേണ്ട, അയക്കരുത്, അയയ്ക്കരുത്, ഇനി അയക്കരുത്,
    ഇനി അയയ്ക്കരുത്, മെസ്സേജ് അയക്കരുത്, സന്ദേശം അയക്കരുത്, സന്ദേശം അയയ്ക്കരുത്, nirthuka, nirthu,
    nirthoo, message venda`),
  hi: list(`
    रोकें, रोको, रोकिए, रोकिये, रोक दो, रोक दें, रोक दीजिए, बंद करो, बंद करें, बंद कर दो,
    बंद कर दें, बंद करिए, बंद कीजिए, बन्द करो, बन्द करें, बन्द कर दो, बन्द कीजिए, स्टॉप, स्टाप,
    संदेश रोकें, संदेश बंद करो, संदेश बंद करें, मैसेज बंद करो, मैसेज बंद करें, मैसेज मत भेजो,
    मैसेज न भेजें, संदेश मत भेजो, संदेश न भेजें, मत भेजो, मत भेजिए, roko, roke, rokein, rok do,
    band karo, bandh karo, band kro, band kar do, message band karo, message mat bhejo, mat bhejo`),
  ar: list(`
    إيقاف, أوقف, أوقفوا, توقف, توقفوا, توقفي, قف, وقف, وقفوا, ستوب, إيقاف الرسائل, أوقف الرسائل,
    أوقفوا الرسائل, وقف الرسائل, إيقاف الكل, إلغاء الاشتراك, إلغاء اشتراكي, لا ترسل, لا ترسلوا,
    لا ترسل رسائل, لا ترسلوا رسائل, لا تراسلني, لا تراسلوني, لا أريد رسائل,
    لا أريد المزيد من الرسائل`),
  es: list(`
    parar, pare, paren, para, alto, basta, baja, dar de baja, darme de baja, dame de baja,
    deme de baja, denme de baja, quiero darme de baja, detener, detente, deténgase, detengan, salir,
    no más mensajes, no quiero más mensajes, no quiero mensajes, no enviar más mensajes,
    no enviar más, no envíen más mensajes, no me escriban, no me escriban más, no me escriba,
    cancelar suscripción, desuscribir, desuscribirme, stop mensajes, parar mensajes`),
  pt: list(`
    parar, pare, parem, para, sair, parar mensagens, pare de enviar, pare de enviar mensagens,
    parem de enviar mensagens, pare de mandar mensagem, descadastrar, descadastre, me descadastre,
    me remova, remover, cancelar inscrição, cancelar assinatura, desinscrever, não enviar mais,
    não enviar mais mensagens, não envie mais mensagens, não quero mais mensagens,
    não quero receber mensagens, não quero receber mais mensagens, não me mande mais mensagens,
    não me mandem mais mensagens`),
  fr: list(`
    arrêt, arrêter, arrêtez, arrête, arrêtez svp, arrêtez les messages, arrêter les messages,
    stopper, stoppez, désabonner, me désabonner, se désabonner, désabonnez-moi, désabonnement,
    désinscription, désinscrire, me désinscrire, désinscrivez-moi, plus de messages,
    plus aucun message, ne m’écrivez plus, ne plus recevoir, ne plus recevoir de messages, stop sms,
    stop messages`),
};

function list(phrases: string): string[] {
  return phrases.split(',').map((phrase) => phrase.trim());
}
