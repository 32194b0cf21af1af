import { connectorContract } from './connector/suite.js';
import { serverTarget } from './connector/server.target.js';

connectorContract(serverTarget(process.env));
