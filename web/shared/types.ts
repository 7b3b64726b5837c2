/** The chat contract as it is on the wire. Names are the server's; nothing here has behavior. */

export type SenderType = 'visitor' | 'employee' | 'bot' | 'system';
export type ConversationStatus = 'pending' | 'active' | 'closed' | 'snoozed';
export type ProviderName = 'pusher' | 'reverb' | 'polling';
/** Whose side of a conversation a client is on. */
export type Role = 'visitor' | 'employee';

export interface Attachment {
  id: number | string;
  url: string;
  thumbnail_url?: string | null;
  name: string;
  content_type: string;
  /** In bytes. */
  size: number;
  width?: number | null;
  height?: number | null;
  duration_ms?: number | null;
  waveform?: number[] | null;
}

/** An answer that a message offers. */
export interface QuickReply {
  /** What stands on the button, and what is posted by choosing it. */
  text: string;
  /** The meaning that it has for the program that offers it. */
  value?: string;
  /** A page that it opens instead. */
  url?: string;
}

/** The message that another one answers, as much of it as is shown there. */
export interface ReplyTo {
  seq: number;
  sender_name: string | null;
  /** Its beginning, as plain text. */
  excerpt: string;
}

export interface Message {
  id: number;
  /** Position in the conversation: 1, 2, 3 … without gaps. */
  seq: number;
  conversation_id: number;
  /** What the sender's client called the message; the same on every resend. */
  client_id: string | null;
  sender_type: SenderType;
  sender_name: string | null;
  message: string;
  attachments: Attachment[];
  is_voice: boolean;
  /** Left out where nothing is offered. */
  quick_replies?: QuickReply[];
  /** `Y-m-d H:i:s`, UTC. */
  timestamp: string;
  /** RFC 3339. */
  created_at: string;
  read_at: string | null;
  edited_at?: string | null;
  /** With it, `message` is empty and there are no files. */
  deleted_at?: string | null;
  reply_to?: ReplyTo | null;
}

export interface Assignee {
  id: number;
  name: string;
}

export interface Conversation {
  id: number;
  visitor_name: string | null;
  visitor_email: string | null;
  visitor_phone: string | null;
  status: ConversationStatus;
  assigned_to: Assignee | null;
  messages: Message[];
  created_at: string;
  last_message_at: string | null;
  rating?: { score: number } | number | null;
}

/** A mark says up to where: all is on a screen, or somebody has seen it. */
export type MarkKind = 'read' | 'delivered';

/** Up to which `seq` each side has read, or has got the messages on a screen. */
export interface ReadMarks {
  visitor_seq: number;
  agent_seq: number;
}

export interface ConversationResponse {
  success: true;
  data: Conversation;
  last_seq: number;
  revision: number;
  read: ReadMarks;
  delivered?: ReadMarks;
  /** What became of messages up to `after_seq` since `after_revision`. */
  changed?: Message[];
}

export interface ConversationQuery {
  after_seq?: number;
  before_seq?: number;
  after_revision?: number;
  limit?: number;
  /** Seconds the server may hold the request open for something newer, 0–25. */
  wait?: number;
}

export interface ReverbConfig {
  enabled: boolean;
  key: string | null;
  /** Null: the origin the chat itself is served from. */
  host: string | null;
  port: number | null;
  scheme: string | null;
}

export interface PusherConfig {
  enabled: boolean;
  key: string | null;
  cluster: string | null;
  encrypted?: boolean;
  host?: string | null;
  port?: number | null;
}

export interface PreChatField {
  name: string;
  label?: string;
  type?: 'text' | 'email' | 'tel' | 'select' | 'textarea';
  required?: boolean;
  options?: string[] | null;
}

/** Whether somebody is there now, computed by the server. */
export interface Availability {
  open: boolean;
  /** RFC 3339. */
  opens_at?: string | null;
}

/** Everything is optional: a server of another age may not know it. */
export interface WidgetSettings {
  /** `#rrggbb`; the older name of `theme.color`. */
  color?: string;
  theme?: { color?: string; mode?: 'auto' | 'light' | 'dark' } | null;
  locale?: string | null;
  languages?: string[] | null;
  /** The owner's own words, by language and key; `welcome` and `title` besides. */
  texts?: Record<string, Record<string, string>> | null;
  pre_chat?: { fields?: PreChatField[]; consent?: { text: string; url?: string | null } | null } | null;
  hours?: { message?: string | null } | null;
  availability?: Availability | null;
  offline_form?: boolean;
  quick_replies?: string[] | null;
  csat?: { question?: string | null } | null;
  files?: { enabled?: boolean; max_bytes?: number; max_files?: number; accept?: string[] } | null;
  voice?: { enabled?: boolean; max_seconds?: number } | null;
  sound?: boolean;
  transcript?: boolean;
  position?: 'left' | 'right';
  /** Distance from the screen's edges in CSS pixels. */
  offset_x?: number;
  offset_y?: number;
  z_index?: number;
  [name: string]: unknown;
}

export interface WidgetConfig {
  name: string;
  welcome_message: string | null;
  settings?: WidgetSettings | null;
  limits?: { message_max_characters?: number; file_max_bytes?: number; file_max_count?: number; file_types?: string[] };
  locale?: string | null;
}

/** The part of the configuration that real time needs; the inbox gets it from its own endpoint. */
export interface RealtimeConfig {
  /** The order to try. */
  providers: ProviderName[];
  reverb?: ReverbConfig | null;
  pusher?: PusherConfig | null;
}

export interface ConfigResponse extends RealtimeConfig {
  success: true;
  realtimeProvider: ProviderName;
  widget: WidgetConfig;
}

export interface InitRequest {
  visitor_name?: string;
  visitor_email?: string;
  visitor_phone?: string;
  visitor_id?: string;
  visitor_metadata?: Record<string, unknown>;
  visitor_token?: string;
  identity?: string;
  /** Begin another conversation instead of resuming the visitor's latest. */
  new_conversation?: boolean;
  /** Open this one of the visitor's own. */
  conversation_id?: number;
  pre_chat?: Record<string, string>;
  consent?: boolean;
  page?: { url: string; title: string; referrer: string };
  locale?: string;
  timezone?: string;
}

/** A conversation in the list of a visitor's own. */
export interface ConversationSummary {
  id: number;
  status: ConversationStatus;
  created_at: string;
  last_message_at: string | null;
  unread?: number;
  preview?: string | null;
  assigned_to?: Assignee | null;
  rating?: { score: number } | number | null;
}

export interface InitResponse {
  success: true;
  conversation_id: number;
  widget_name: string;
  welcome_message: string | null;
  visitor_token: string;
  channel: string;
  messages: Message[];
  last_seq: number;
  status: ConversationStatus;
  revision: number;
  read?: ReadMarks;
  delivered?: ReadMarks;
  rating?: { score: number } | number | null;
  availability?: Availability | null;
}

export interface MessageAck {
  success: true;
  message_id: number;
  seq: number;
  timestamp: string;
  created_at: string;
}

/** `ChatMessageReceived`, or only a pointer to the message when it was too large to carry. */
export type MessageEvent =
  | (Message & { revision?: number; reference?: undefined })
  | { reference: true; conversation_id: number; seq: number; revision?: number };

/** `ConversationClosed`, `ConversationReopened`, `ConversationAssigned`. */
export interface ConversationEvent {
  conversation_id: number;
  status: ConversationStatus;
  assigned_to: Assignee | null;
  revision: number;
  last_seq?: number;
}

/** `MessagesRead`, which has the time too, and `MessagesDelivered`. */
export interface MarkEvent {
  conversation_id: number;
  reader: Role;
  up_to_seq: number;
  read_at?: string;
  revision?: number;
}

/** What clients whisper to each other as `typing`; the server only relays it. */
export interface TypingWhisper {
  sender_type: Role;
  name?: string | null;
  typing: boolean;
}
