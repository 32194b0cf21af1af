import { VENDOR_NAMES } from '../../src/sandbox/run/vendors.js';
import { standInTarget } from './connector/stand-in.target.js';
import { connectorContract } from './connector/suite.js';

for (const vendor of VENDOR_NAMES) connectorContract(standInTarget(vendor));
