import { DatabaseFault } from './database-fault.js';

describe('a fault of the database', () => {
  it.each(['08006', '53300', '57014', '57P01', '57P03', '25006', '25P02', '25P03', 'ECONNREFUSED'])(
    '%s passes: the same may succeed in a moment',
    (code) => {
      expect(new DatabaseFault({ code })).toMatchObject({ kind: 'unavailable', retryable: true });
    },
  );

  it.each(['22021', '23514', '42501', '54000'])('%s does not', (code) => {
    expect(new DatabaseFault({ code })).toMatchObject({ kind: 'unexpected', retryable: false });
  });

  it('of a row that is there already is a conflict', () => {
    expect(new DatabaseFault({ code: '23505' })).toMatchObject({ kind: 'conflict', retryable: false });
  });
});
