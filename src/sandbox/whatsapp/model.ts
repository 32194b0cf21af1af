export interface TemplateButton {
  type: 'QUICK_REPLY' | 'URL' | 'PHONE_NUMBER' | 'COPY_CODE' | 'REQUEST_CONTACT_INFO';
  text: string;
  url?: string;
}

export interface TemplateComponent {
  type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS';
  format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION';
  text?: string;
  buttons?: TemplateButton[];
}

export type TemplateStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED';

export interface Template {
  id?: string;
  name: string;
  language: string;
  category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION';
  status: TemplateStatus;
  parameter_format?: 'POSITIONAL' | 'NAMED';
  components: TemplateComponent[];
  rejected_reason?: string;
}

export interface SandboxAccount {
  businessAccountId: string;
  phoneNumberId: string;
  displayPhoneNumber: string;
  accessToken: string;
  appSecret: string;
  verifyToken: string;
  webhookUrl?: string;
  templates?: Template[];
}

export interface Business {
  id: string;
  templates: Map<string, Required<Template>>;
  subscribed: boolean;
  phoneNumbers: Account[];
}

export interface Account extends SandboxAccount {
  digits: string;
  business: Business;
}

export interface Contact {
  waId: string;
  name: string;
  username?: string;
  hidePhone: boolean;
}

/** One business number and one patient: the customer service window, the buttons on the screen, what is unread. */
export interface Conversation {
  key: string;
  account: Account;
  contact: Contact;
  lastInboundAt?: number;
  lastWithButtons?: OutboundMessage;
  unread: OutboundMessage[];
}

export interface Button {
  kind: 'quick_reply' | 'button_reply' | 'list_reply';
  index: number;
  title: string;
  payload: string;
  description?: string;
}

/** What a patient would see of an accepted message. */
export interface MessageContent {
  type: string;
  category: string;
  template?: { name: string; language: string };
  parameters: string[];
  text?: string;
  buttons: Button[];
}

export type StatusName = 'sent' | 'delivered' | 'read' | 'failed';

export interface OutboundMessage extends MessageContent {
  n: number;
  at: Date;
  beganAt: Date;
  wamid: string;
  input: string;
  toUserId: boolean;
  windowOpen: boolean;
  callbackData?: string;
  conversation: Conversation;
  statuses: Partial<Record<StatusName, Date>>;
  errorCode?: number;
}

export interface Attempt {
  n: number;
  at: Date;
  beganAt: Date;
  phoneNumberId: string;
  to?: string;
  type?: string;
  outcome: 'accepted' | 'error' | 'dropped';
  answered: boolean;
  code?: number;
  wamid?: string;
  callbackData?: string;
}

export interface Settings {
  /** Real milliseconds between two statuses of a message. */
  stepMs: number;
  /** Whether a delivered message is read without being asked. */
  autoRead: boolean;
  webhookTimeoutMs: number;
  webhookParallel: number;
}
