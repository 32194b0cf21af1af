// node --import ./config/tooling/run-typescript.mjs <file.ts>: runs our TypeScript as it is, for benches and loops.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
