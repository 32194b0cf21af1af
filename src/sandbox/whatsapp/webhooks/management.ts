import type { Business } from '../model.js';
import type { Json } from '../json.js';
import type { World } from '../world.js';

/** Puts a change of a management field on its way: these carry a time and keep their order within a business. */
export function submitForBusiness(
  world: World,
  business: Business,
  { field, value }: { field: string; value: Json },
): void {
  world.courier.submit({
    account: business.phoneNumbers[0]!,
    lane: `management ${business.id}`,
    field,
    value,
    time: Math.floor(world.clock.now().getTime() / 1000),
  });
}
