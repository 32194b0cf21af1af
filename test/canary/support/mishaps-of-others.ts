import { remindedPatients } from '../../../src/sandbox/story/records.js';
import type { Mishap, Parts } from './mishap.js';

const outcome = (canary: string): object => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'exception', diagnostics: canary, details: { text: canary } }],
});

const graphError = (code: number, details: string): object => ({
  error: {
    message: `(#${code}) ${details}`,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
    error_user_msg: details,
    fbtrace_id: 'A1b2C3',
  },
});

/** What the two other systems say when they fail, with names and numbers in it. */
export function mishapsOfOthers({ installation, canaries, threads }: Parts): Mishap[] {
  const { ehr, graph, story } = installation;
  const thread = threads[0]!;
  const { product } = thread.hospital;
  const say = () => canaries.sentence('words of another system');
  const connection = async (): Promise<string> =>
    (await product.all<{ id: string }>('/v1/ehr-connections'))[0]!.id;
  const sync = async (): Promise<void> => {
    await product.post(`/v1/ehr-connections/${await connection()}/sync`).catch(() => undefined);
    await story.settle();
  };
  const reply = async (text: string): Promise<void> => {
    await product.post(`/v1/conversations/${thread.id}/messages`, { text }).catch(() => undefined);
    await story.settle();
  };
  const account = async (): Promise<void> => {
    const [one] = await product.all<{ id: string }>('/v1/whatsapp-accounts');
    await product.post(`/v1/whatsapp-accounts/${one!.id}/check`).catch(() => undefined);
    await story.settle();
  };
  const fhir = 'application/fhir+json';
  /** Runs `cause`, and gives the number of armed replies that went out. */
  const armed = (arm: () => void, relay: { answered: number }, cause: () => Promise<void>) => async () => {
    const before = relay.answered;
    arm();
    await cause();
    return relay.answered - before;
  };
  const ehrSays = (name: string, status: number, body: () => unknown, type = fhir): Mishap => ({
    name,
    run: armed(
      () => ehr.answer(/^GET \/.*(Patient|Appointment)/, { status, body: body(), type }, 6),
      ehr,
      sync,
    ),
  });
  const metaSays = (name: string, status: number, body: () => unknown, type?: string): Mishap => ({
    name,
    run: armed(
      () => graph.answer(/^POST \/.*\/messages/, { status, body: body(), type }, 1),
      graph,
      () => reply(canaries.sentence('words of staff')),
    ),
  });
  return [
    ehrSays('the EHR fails and quotes a name', 500, () => outcome(say())),
    ehrSays('the EHR refuses and quotes a name', 422, () => outcome(say())),
    ehrSays('the EHR shows a login page with a name', 200, () => `<html>${say()}</html>`, 'text/html'),
    ehrSays(
      'the EHR answers half a JSON',
      200,
      () => `{"resourceType":"Bundle","note":"${canaries.token('half a JSON')}`,
    ),
    ehrSays('the EHR answers rows that are no rows', 200, () => ({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [
        { resource: { resourceType: 'Patient', id: 7, name: say(), telecom: { a: say() } } },
        {
          resource: {
            resourceType: 'Appointment',
            id: 'odd',
            start: say(),
            participant: [{ actor: { display: say() } }],
          },
        },
        { fullUrl: say(), resource: say() },
      ],
    })),
    metaSays('Meta refuses and quotes the number', 400, () =>
      graphError(131026, `${thread.number} ${say()}`),
    ),
    metaSays('Meta finds a parameter wrong and quotes it', 400, () => graphError(132012, say())),
    metaSays('Meta fails with a page', 500, () => `<html>${say()}</html>`, 'text/html'),
    metaSays('Meta accepts with an answer that is none', 200, () => ({
      messages: say(),
      contacts: [{ input: say() }],
    })),
    {
      name: 'Meta refuses the account and quotes the token',
      run: armed(
        () => graph.answer(/^GET /, { status: 401, body: graphError(190, `${thread.number} ${say()}`) }, 3),
        graph,
        account,
      ),
    },
    {
      name: 'the EHR refuses what a tap wants and quotes a name',
      run: armed(
        () =>
          ehr.answer(/^(PUT|PATCH) \/.*Appointment/, { status: 422, body: outcome(say()), type: fhir }, 2),
        ehr,
        async () => {
          const [reminded] = await remindedPatients(story, thread.hospital);
          if (!reminded) throw new Error('nobody holds a reminder that can be answered');
          const { number, wamid } = reminded;
          const { phoneNumberId } = thread.hospital;
          await story.whatsapp(`contacts/${number}/tap`, { phone_number_id: phoneNumberId, wamid, index: 0 });
          await story.settle();
        },
      ),
    },
    {
      name: 'reminders meet a template that differs, and an EHR that fails',
      run: armed(
        () => {
          for (const _ of [1, 2, 3])
            graph.answer(/^POST \/.*\/messages/, { status: 400, body: graphError(132000, say()) }, 1);
          ehr.answer(/^GET \/.*Appointment\/\w+/, { status: 500, body: outcome(say()), type: fhir }, 3);
        },
        graph,
        () => story.pass('PT12H', 2),
      ),
    },
  ];
}
