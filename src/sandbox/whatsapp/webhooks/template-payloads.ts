import type { Template, TemplateQuality } from '../model.js';
import type { Json } from '../json.js';

/** Ids are numbers and languages have a hyphen, unlike in REST. */
const named = ({ id, name, language }: Required<Template>): Json => ({
  message_template_id: Number(id),
  message_template_name: name,
  message_template_language: language.replace('_', '-'),
});

/** What comes along with some of the statuses only. */
const EXTRAS: Partial<Record<Template['status'], (reason: string) => Json>> = {
  PAUSED: () => ({ other_info: { title: 'FIRST_PAUSE', description: 'paused' } }),
  DISABLED: () => ({ other_info: { title: 'DISABLED', description: 'disabled' } }),
  REJECTED: (reason) => ({
    rejection_info: { reason, recommendation: 'Change the template and submit it again.' },
  }),
};

/** The value of `message_template_status_update`. */
export const templateStatusValue = (template: Required<Template>): Json => ({
  event: template.status,
  ...named(template),
  message_template_category: template.category,
  reason: template.rejected_reason,
  ...EXTRAS[template.status]?.(template.rejected_reason),
});

/** The value of `message_template_quality_update`. */
export const templateQualityValue = (template: Required<Template>, previous: TemplateQuality): Json => ({
  previous_quality_score: previous,
  new_quality_score: template.quality,
  ...named(template),
});

/** The value of `template_category_update` once the category is another one. */
export const templateCategoryValue = (
  template: Required<Template>,
  previous: Template['category'],
): Json => ({
  ...named(template),
  previous_category: previous,
  new_category: template.category,
});

/** The same as a warning: what the category is now, what it will be, and when (Unix seconds). */
export const impendingCategoryValue = (
  template: Required<Template>,
  coming: Template['category'],
  at: number,
): Json => ({
  ...named(template),
  new_category: template.category,
  correct_category: coming,
  category_update_timestamp: at,
});
