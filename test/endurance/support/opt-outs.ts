import type { Arena } from './arena.js';
import { fates, isNamed, seen } from './verdict.js';

/** When the reminders of an address ended: the commit of its first withdrawal, by the database's clock. */
export async function optOutCommits(arena: Arena): Promise<Map<string, number>> {
  const rows = await arena.sql<{ address: string; at: Date }>(
    `select w.address_id as address, min(pg_xact_commit_timestamp(w.xmin)) as at
       from consent.withdrawal w
       left join consent.consent c on c.organization_id = w.organization_id and c.id = w.consent_id
      where w.consent_id is null or c.purpose = 'appointment-reminders' group by 1`,
  );
  return new Map(rows.map(({ address, at }) => [address, at.getTime()]));
}

export interface Confirmations {
  arrived: number;
  /** Addresses that got more texts than they have withdrawals. */
  tooMany: string[];
  /** Withdrawals whose confirmation ended nowhere. */
  unnamed: string[];
}

/** The one exception of the fence, counted apart. Nothing else sends a text where patients say nothing but STOP. */
export async function confirmationsOf(arena: Arena): Promise<Confirmations> {
  const withdrawals = await arena.sql<{ address: string; count: number }>(
    'select address_id as address, count(*)::int as count from consent.withdrawal group by 1',
  );
  const allowed = new Map(withdrawals.map(({ address, count }) => [address, count]));
  const texts = (await arena.whatsapp.accepted()).filter(({ type }) => type === 'text');
  const textsTo = (waId: string): number => texts.filter(({ to }) => to === waId).length;
  return {
    arrived: texts.length,
    tooMany: arena.people
      .filter(({ waId, addressId }) => textsTo(waId) > (allowed.get(addressId) ?? 0))
      .map(({ addressId }) => addressId),
    unnamed: (await fates(arena, 'stop-confirmation')).filter((fate) => !isNamed(fate)).map(({ key }) => key),
  };
}

/** The same in words; a run without any has not looked at them. */
export function wordsOn({ arrived, tooMany, unnamed }: Confirmations): string[] {
  return [
    ...seen('addresses got more confirmations than they have withdrawals', tooMany),
    ...seen('confirmations of an opt-out are in no named end', unnamed),
    ...(arrived > 0 ? [] : ['no opt-out was confirmed, so nothing was proven']),
  ];
}
