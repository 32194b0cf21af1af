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
  quality?: TemplateQuality;
}

export type TemplateQuality = 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN';

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

/** What Meta's side knows of a number, and what was asked of it here. */
export interface Account extends SandboxAccount {
  digits: string;
  business: Business;
  settings: NumberSettings;
  throughput: 'STANDARD' | 'HIGH';
  quality: TemplateQuality;
  registered: boolean;
  /** The two-step PIN; the first registration sets it. */
  pin?: string;
  blocked: Set<Contact>;
  /** Up to when the number's throughput is used up, in milliseconds of the sandbox clock. */
  paidUntil: number;
}

export interface Contact {
  waId: string;
  /** What the user ids are made of; another one after every change of identity. */
  identity: string;
  /** By business account id. */
  userIds: Map<string, string>;
  /** By phone number id. */
  conversations: Map<string, Conversation>;
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
  /** Up to when the pair rate is used up, in milliseconds of the sandbox clock. */
  paidUntil: number;
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
  /** Statuses are reached and never told. */
  muted: boolean;
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

/** Of one number. All times are real milliseconds. */
export interface NumberSettings {
  /** Between two statuses of a message. */
  stepMs: number;
  /** Added before its first status. */
  statusDelayMs: number;
  /** Whether a delivered message is read without being asked. */
  autoRead: boolean;
  /** How long the answer to an accepted send takes. */
  latencyMs: number;
  /** Whether the number refuses what goes beyond its throughput (130429). */
  numberRateLimit: boolean;
  /** Whether it refuses too many messages to one patient (131056). */
  pairRateLimit: boolean;
}

export interface CourierSettings {
  webhookTimeoutMs: number;
  webhookParallel: number;
}
