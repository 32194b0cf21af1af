import { payloadOf } from './payload.js';
import {
  bestLanguage,
  isUsable,
  parametersOf,
  quickRepliesOf,
  renderTemplate,
  sanitiseParameter,
  type Template,
} from './template.js';

const REMINDER: Template = {
  name: 'appointment_reminder',
  language: 'en',
  status: 'APPROVED',
  parameterFormat: 'POSITIONAL',
  suspendedCode: null,
  components: [
    { type: 'HEADER', format: 'TEXT', text: 'Your visit' },
    { type: 'BODY', text: 'Hello {{1}}, see you at {{2}}. Bring {{1}} card.' },
    { type: 'FOOTER', text: 'Reply STOP to end' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'URL', text: 'Map', url: 'https://maps.example/place' },
        { type: 'QUICK_REPLY', text: 'Confirm' },
        { type: 'QUICK_REPLY', text: 'Cancel' },
      ],
    },
  ],
};

describe('a template', () => {
  it('knows its parameters and quick replies', () => {
    expect(parametersOf(REMINDER)).toEqual(['1', '2']);
    expect(quickRepliesOf(REMINDER)).toEqual(['Confirm', 'Cancel']);
  });

  it('reads as the patient reads it', () => {
    expect(renderTemplate(REMINDER, ['Asha', '10:30'])).toBe(
      'Your visit\nHello Asha, see you at 10:30. Bring Asha card.\nReply STOP to end',
    );
  });

  it('does not take a value for a place in the text', () => {
    expect(renderTemplate(REMINDER, ['{{2}}', '$&'])).toContain('Hello {{2}}, see you at $&.');
  });

  it('is usable only when approved, not suspended, and complete', () => {
    expect(isUsable(REMINDER)).toBe(true);
    expect(isUsable({ ...REMINDER, status: 'PAUSED' })).toBe(false);
    expect(isUsable({ ...REMINDER, suspendedCode: 132000 })).toBe(false);
    const header = { type: 'HEADER', format: 'IMAGE' };
    expect(isUsable({ ...REMINDER, components: [header, ...REMINDER.components.slice(1)] })).toBe(false);
  });

  it.each([
    [['pt-BR'], 'pt_BR'],
    [['pt'], 'pt_BR'],
    [['pt-PT'], 'pt_BR'],
    [['de', 'ml'], 'ml'],
    [['EN-us'], 'en'],
    [['de'], null],
    [[], null],
  ])('for a reader of %j is taken in %s', (wishes, language) => {
    expect(bestLanguage(['en', 'ml', 'pt_BR'], wishes)).toBe(language);
  });

  it('goes out with quick replies at their place among all buttons, and clean parameters', () => {
    const payload = payloadOf({
      recipient: { to: '12125550142' },
      attemptId: '6f1c0d2e-0f3a-4c53-8c0f-2a4f5f6b7c8d',
      content: {
        kind: 'template',
        name: REMINDER.name,
        language: 'en',
        body: ['As\nha', '10:30'],
        buttons: ['t1', 't2'],
      },
      template: REMINDER,
    });
    expect(payload).toMatchObject({
      to: '12125550142',
      biz_opaque_callback_data: '6f1c0d2e-0f3a-4c53-8c0f-2a4f5f6b7c8d',
      template: {
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'As ha' },
              { type: 'text', text: '10:30' },
            ],
          },
          { sub_type: 'quick_reply', index: '1', parameters: [{ payload: 't1' }] },
          { sub_type: 'quick_reply', index: '2', parameters: [{ payload: 't2' }] },
        ],
      },
    });
  });

  it('names its parameters where they have names', () => {
    const named: Template = {
      ...REMINDER,
      parameterFormat: 'NAMED',
      components: [{ type: 'BODY', text: 'At {{clinic}} on {{when}}' }],
    };
    const content = {
      kind: 'template',
      name: named.name,
      language: 'en',
      body: ['Sul', 'Tue'],
      buttons: [],
    } as const;
    const payload = payloadOf({
      recipient: { recipient: 'GB.55dd' },
      attemptId: 'a',
      content: { ...content, body: [...content.body], buttons: [] },
      template: named,
    });
    expect(payload).toMatchObject({
      recipient: 'GB.55dd',
      template: { components: [{ parameters: [{ parameter_name: 'clinic' }, { parameter_name: 'when' }] }] },
    });
  });

  it('loses line breaks, tabs and long runs of spaces in a parameter', () => {
    expect(sanitiseParameter(' a\r\nb\tc     d ')).toBe('a b c d');
  });
});
