import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader } from '@nestjs/swagger';

export const POLICY = 'carethread:policy';

/** What a route asks of its caller. A route without a policy is refused at run time and by a test. */
export type Policy =
  { kind: 'public'; why: string } | { kind: 'scope'; scope: string; organization: boolean };

/** Anyone may call it, for the reason given. */
export function PublicRoute(why: string): MethodDecorator & ClassDecorator {
  return SetMetadata(POLICY, { kind: 'public', why } satisfies Policy);
}

/** Callers with this scope, for one organization: `patients:read`. */
export function RequireScope(scope: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(POLICY, { kind: 'scope', scope, organization: true } satisfies Policy),
    ApiBearerAuth(),
    ApiHeader({
      name: 'X-Organization',
      required: false,
      description: 'Slug; needed by a key that sees several.',
    }),
  );
}

/** Callers with this scope, whichever organizations they see: for the list of organizations itself. */
export function RequireInstallationScope(scope: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(POLICY, { kind: 'scope', scope, organization: false } satisfies Policy),
    ApiBearerAuth(),
  );
}
