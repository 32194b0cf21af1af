import type { Wording } from './wording.js';

export const en: Wording = {
  version: '1',
  language: 'en',
  title: 'Messages from your hospital on WhatsApp',
  agreement:
    'I agree that {hospital} writes to me on WhatsApp, and reads what I answer, for the purposes that I choose here:',
  purposes: {
    'appointment-reminders': 'to remind me of my appointments and let me confirm or cancel them;',
    'care-conversation': 'to answer my questions and talk with me about my care;',
    education: 'to send me general information about health;',
    surveys: 'to ask how satisfied I was and how I am;',
    monitoring: 'to ask for and receive readings that I take at home.',
  },
  information:
    'Messages may contain my first name, the name of the hospital, and the date, time and place of an appointment. They do not name an illness, a test or a treatment unless I write about it myself. A protected summary of the conversation is kept in my hospital record.',
  risks: [
    'WhatsApp belongs to Meta. Messages to and from the hospital pass through Meta’s servers, which may be in other countries. The hospital cannot control what Meta keeps about who wrote to whom and when.',
    'A message may show on the lock screen of my phone, where others can read it. I can switch this off in the settings of the phone.',
    'Whoever holds my phone can read the messages: if I share it, lose it, sell it or it is stolen. If I get a new number I tell the hospital, because the old number may be given to somebody else.',
    'WhatsApp is not for emergencies. Nobody may be reading when I write. In an emergency I call the emergency number.',
  ],
  stopping:
    'I can stop at any time and need give no reason: by answering STOP, or by telling the hospital’s staff. Stopping changes nothing about my treatment. What was written before stays in my record.',
  otherChannels:
    'I do not have to agree. The hospital can also reach me in other ways, such as a phone call, a text message (SMS), a letter, an e-mail or at the desk. I can say which I prefer.',
};
