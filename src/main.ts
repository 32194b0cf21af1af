import { StopWish } from './platform/process/stop-wish.js';

// Loading the product takes a second, and a wish to end may come at any moment of it.
const stop = new StopWish();
const { run } = await import('./product.js');
await run(stop);
