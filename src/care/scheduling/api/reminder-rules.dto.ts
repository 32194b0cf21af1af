/** One reminder before each visit. */
export class ReminderRuleDto {
  id: string;
  key: string;
  /** ISO 8601 duration before the visit. */
  before: string;
  template: string;
  /** Also for visits that are only pending. */
  pending: boolean;
}

export class ReminderRulePageDto {
  data: ReminderRuleDto[];
  next_cursor: string | null;
}

export class SkipCountDto {
  reason: string;
  count: number;
}

/** What a rule would do in the next fourteen days, if nothing changed. */
export class RulePreviewDto {
  from: string;
  to: string;
  would_send: number;
  skipped: SkipCountDto[];
  /** True when there were more visits than a preview looks at. */
  cut_off: boolean;
}
