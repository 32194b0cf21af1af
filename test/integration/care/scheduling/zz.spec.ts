import { DataSource } from 'typeorm';
import { World, RULES } from './support/world.js';
it('speed', async () => {
  const world = await World.begin({ reminders: [RULES[1]] });
  world.patients.add('1', 'Asha');
  const start = new Date(Date.now() + 40 * 3600e3);
  for (let i = 0; i < 400; i++) world.ehr.put({ resourceType: 'Appointment', id: String(i), status: 'booked', start: start.toISOString(), participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }] });
  const ds = world.app.get(DataSource);
  let n = 0; const orig = ds.createQueryRunner.bind(ds);
  (ds as any).createQueryRunner = (...a: any[]) => { const r = orig(...(a as [])); const q = r.query.bind(r); (r as any).query = (...b: any[]) => { n++; return (q as any)(...b); }; return r; };
  for (const [what, work] of [['sync', () => world.ehr.sync(world.ctx)], ['plan', () => world.settle()], ['hand', () => world.advance(17)]] as const) {
    const c = process.cpuUsage(); const t = performance.now(); n = 0;
    await work();
    const d = process.cpuUsage(c);
    console.log(what, 'wall', Math.round(performance.now() - t), 'cpu ms', Math.round((d.user + d.system) / 1000), 'queries', n);
  }
  console.log(world.messaging.reminders().length);
  await world.end();
}, 120000);
