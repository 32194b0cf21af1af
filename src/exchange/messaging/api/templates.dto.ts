/** A message template as Meta has it. */
export class TemplateDto {
  id: string;
  name: string;
  /** As Meta names it: `pt_BR`. */
  language: string;
  /** Meta's word; only APPROVED is sent. */
  status: string;
  category: string;
  /** How many values the body takes. */
  parameters: number;
  /** The titles of the quick replies. */
  quick_replies: string[];
  /** The body with its variables. */
  body: string;
  /** Whether a message can be sent with it now. */
  usable: boolean;
  read_at: string;
}

export class TemplatePageDto {
  data: TemplateDto[];
  next_cursor: string | null;
}
