import {
  STEP_STATES,
  mayBecome,
  type StepState,
} from '../../../../src/care/scheduling/domain/step.states.js';
import { World } from './support/world.js';

describe('the table of steps', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.begin();
    world.patients.add('1', 'Asha');
    await world.book(96);
  });

  afterAll(() => world.end());

  const set = (id: string, state: StepState, reason = 'test'): Promise<unknown> =>
    world.rows(
      `update scheduling.step
          set state = $2, reason = $3, message_id = case when $2 = 'handed' then id end,
              ended_at = case when $2 <> 'planned' then now() end
        where id = $1`,
      [id, state, reason],
    );

  /** A step of its own visit version that stands in this state. */
  async function stepIn(state: StepState, version: number): Promise<string> {
    const [row] = await world.rows<{ id: string }>(
      `insert into scheduling.step (organization_id, id, appointment_id, visit_version, rule_id, wanted_at, due_at,
                                    useful_until, attempt_at, starts_at, time_zone)
       select organization_id, gen_random_uuid(), appointment_id, $1, rule_id, wanted_at, due_at, useful_until,
              now() + interval '9 years', starts_at, time_zone
         from scheduling.step limit 1 returning id`,
      [version],
    );
    if (state !== 'planned') await set(row!.id, state);
    return row!.id;
  }

  const pairs = STEP_STATES.flatMap((from) =>
    STEP_STATES.filter((to) => to !== from).map((to) => [from, to] as const),
  );

  it.each(pairs)('%s to %s is allowed just as the rules say', async (from, to) => {
    const id = await stepIn(from, 1_000 + pairs.findIndex(([a, b]) => a === from && b === to));
    const moved = set(id, to);
    if (mayBecome({ state: from, reason: 'test' }, to)) await expect(moved).resolves.toBeDefined();
    else await expect(moved).rejects.toMatchObject({ constraint: 'ck_step_transition' });
  });

  it('lets a step return that fell because the patient cancelled, and only to planned', async () => {
    const id = await stepIn('planned', 3_000);
    await set(id, 'withdrawn', 'patient-cancelled');
    await expect(set(id, 'handed')).rejects.toMatchObject({ constraint: 'ck_step_transition' });
    await expect(set(id, 'planned')).resolves.toBeDefined();
    expect(mayBecome({ state: 'withdrawn', reason: 'patient-cancelled' }, 'planned')).toBe(true);
    expect(mayBecome({ state: 'withdrawn', reason: 'patient-cancelled' }, 'handed')).toBe(false);
  });

  it('takes a rule once per visit version', async () => {
    await stepIn('planned', 2_000);
    await expect(stepIn('planned', 2_000)).rejects.toMatchObject({ constraint: 'ux_step_once' });
  });

  it('shows nothing without its organization', async () => {
    const other = { ...world.ctx, organizationId: '11111111-1111-7111-8111-111111111111' };
    const mine = world.ctx;
    world.ctx = other;
    const rows = await world.rows('select * from scheduling.step').finally(() => (world.ctx = mine));
    expect(rows).toEqual([]);
  });
});
