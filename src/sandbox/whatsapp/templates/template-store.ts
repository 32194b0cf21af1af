import type { Business, Template } from '../model.js';
import type { Ids } from '../ids.js';

export const templateKey = (name: string, language: string): string => `${name}|${language}`;

export function putTemplate(business: Business, template: Template, ids: Ids): Required<Template> {
  const stored: Required<Template> = {
    ...template,
    id: template.id ?? ids.digits(),
    parameter_format: template.parameter_format ?? 'POSITIONAL',
    rejected_reason: template.rejected_reason ?? 'NONE',
    quality: template.quality ?? 'UNKNOWN',
  };
  business.templates.set(templateKey(template.name, template.language), stored);
  return stored;
}
