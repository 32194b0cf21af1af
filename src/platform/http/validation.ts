import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Fault, type FieldFault } from '../errors/fault.js';

/** class-validator's name for a field that the DTO does not have. Its words and its pointer would repeat the input. */
const UNKNOWN = 'whitelistValidation';
const UNKNOWN_WORDS = 'There is a field here that is not known; /openapi.json has those that are.';

/** Unknown fields are refused, known ones checked; faults name the field and the rule, never the value. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) =>
      new Fault({
        code: 'validation.failed',
        kind: 'invalid',
        words: 'Some fields are missing or wrong. See errors.',
        fields: errors.flatMap((error) => fieldsOf(error, '')),
      }),
  });
}

function fieldsOf(error: ValidationError, parent: string): FieldFault[] {
  const pointer = `${parent}/${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([code, words]) =>
    code === UNKNOWN ? { pointer: parent, code, words: UNKNOWN_WORDS } : { pointer, code, words },
  );
  return [...own, ...(error.children ?? []).flatMap((child) => fieldsOf(child, pointer))];
}
