import type { Exchange } from '../fhir/exchange.js';
import type { Fault } from './fault-book.js';

/** What a fault does to one request. */
export type Effect = (exchange: Exchange, fault: Fault) => void | Promise<void>;
