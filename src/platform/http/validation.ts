import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Fault, type FieldFault } from '../errors/fault.js';

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
  const own = Object.entries(error.constraints ?? {}).map(([code, words]) => ({ pointer, code, words }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldsOf(child, pointer))];
}
