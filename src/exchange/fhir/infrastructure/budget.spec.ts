import { setTimeout as sleep } from 'node:timers/promises';
import { Budget } from './budget.js';
import { refused, unavailable } from './fhir-fault.js';

describe('the budget of an EHR', () => {
  it('lets so many run at the same time, first come first served', async () => {
    const budget = new Budget(1_000, 2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        budget.spend(async () => {
          order.push(n);
          most = Math.max(most, ++running);
          await sleep(5);
          running--;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('lets a second’s worth come at once and no more', async () => {
    const budget = new Budget(10, 50);
    const began = performance.now();
    const times = await Promise.all(
      Array.from({ length: 14 }, () => budget.spend(async () => performance.now() - began)),
    );
    const [atOnce, later] = [times.slice(0, 10), times.slice(10)];
    // Ten wait for nothing, so the machine has them in one go, however late; the others keep the rate.
    expect(Math.max(...atOnce) - Math.min(...atOnce)).toBeLessThan(80);
    later.forEach((at, n) => expect(at).toBeGreaterThan((n + 1) * 100 - 10));
    expect(Math.max(...later)).toBeLessThan(2_000);
  });

  it('holds every request back while the EHR wants a pause', async () => {
    const budget = new Budget(1_000, 5);
    budget.pause(150);
    const began = performance.now();
    await Promise.all([1, 2].map(() => budget.spend(async () => undefined)));
    expect(performance.now() - began).toBeGreaterThanOrEqual(145);
  });

  it('sends the caller away when the pause is long, and gives the place back', async () => {
    const budget = new Budget(1_000, 1);
    budget.pause(60_000);
    const refused = {
      code: 'fhir.limited',
      retryable: true,
      retryAfterSeconds: expect.any(Number) as number,
    };
    await expect(budget.spend(async () => undefined)).rejects.toMatchObject(refused);
    await expect(budget.spend(async () => undefined)).rejects.toMatchObject(refused);
  });

  it('gives the place of a failed request to the next', async () => {
    const budget = new Budget(1_000, 1);
    await expect(budget.spend(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(budget.spend(async () => 'yes')).resolves.toBe('yes');
  });

  it('leaves an EHR alone that does not answer, and asks one thing after a while', async () => {
    const budget = new Budget(1_000, 5);
    let sent = 0;
    const away = (): Promise<never> => {
      sent++;
      return Promise.reject(unavailable(503, 'not-done'));
    };
    for (let n = 0; n < 12; n++)
      await expect(budget.spend(away)).rejects.toMatchObject({ code: 'fhir.unavailable' });
    expect(sent).toBe(10);

    let answered = false;
    for (let n = 0; n < 60 && !answered; n++) {
      await sleep(100);
      answered = await budget.spend(() => Promise.resolve(true)).catch(() => false);
    }
    expect(answered).toBe(true);
    await expect(budget.spend(() => Promise.resolve('more'))).resolves.toBe('more');
  });

  it('takes a refusal for an answer', async () => {
    const budget = new Budget(1_000, 5);
    let sent = 0;
    const refusing = (): Promise<never> => {
      sent++;
      return Promise.reject(refused(422));
    };
    for (let n = 0; n < 12; n++) await expect(budget.spend(refusing)).rejects.toMatchObject({ status: 422 });
    expect(sent).toBe(12);
  });
});
