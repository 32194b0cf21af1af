export { AddressRefused, createOutbound, type OutboundOptions } from './outbound.js';
