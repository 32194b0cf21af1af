import { createPublicKey } from 'node:crypto';
import {
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** A point beside its curve seals nothing that anybody could open: said when it is set, not when it is used. */
@ValidatorConstraint({ name: 'onCurve' })
export class OnCurve implements ValidatorConstraintInterface {
  validate(_y: unknown, { object }: ValidationArguments): boolean {
    const { x, y } = object as { x?: unknown; y?: unknown };
    if (typeof x !== 'string' || typeof y !== 'string') return false;
    try {
      return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }).type === 'public';
    } catch {
      return false;
    }
  }

  defaultMessage(): string {
    return 'x and y must be a point on the curve P-256';
  }
}
