import { begin, commandsWithNames, finish, mishapsOf, rest, stored, sweepOf, told } from './support/run.js';
it('x', async () => {
  const t0 = performance.now();
  const lap = (what: string) => console.log(what, ((performance.now() - t0) / 1000).toFixed(1));
  const run = await begin({ whole: process.env.WHOLE === '1' });
  try {
    lap('begun');
    for (const { name, run: happen } of mishapsOf(run)) {
      const r = await happen().catch((e: unknown) => e);
      console.log(name, r);
    }
    lap('mishaps');
    const spoken = await commandsWithNames(run);
    for (const s of spoken) console.log(s);
    lap('commands');
    await finish(run);
    lap('finished');
    const remains = await rest(run);
    lap('rested ' + remains.exitCode);
    const sweep = sweepOf(run);
    lap('canaries ' + run.canaries.all().length);
    const a = sweep.through(stored(run, remains));
    lap(`stored ${a.length} ${sweep.bytes}`);
    const b = sweep.through(told(run, remains, spoken));
    lap(`told ${b.length} ${sweep.bytes}`);
    const seen = new Map<string, number>();
    for (const f of [...a, ...b]) { const k = `${f.place} | ${f.kind} | ${f.encoding}`; seen.set(k, (seen.get(k) ?? 0) + 1); if (seen.get(k) === 1) console.log(k, '\n   ', f.around); }
  } finally {
    const fs = await import('node:fs'); fs.writeFileSync('/tmp/canary-stderr.txt', run.installation.said.stderr);
    fs.copyFileSync(run.installation.postgres.location + '/server.log', '/tmp/canary-pglog.txt');
    await run.installation.close();
  }
}, 400_000);
