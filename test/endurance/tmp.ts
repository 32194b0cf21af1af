const t = performance.now();
const [name, fn, options] = process.argv.slice(2);
const module = (await import(`./checks/${name}.ts`)) as never as Record<
  string,
  (o: object) => Promise<string[]>
>;
console.log(await module[fn!]!(JSON.parse(options!)), performance.now() - t);
process.exit();
