import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsEmail, IsIn, IsInt, IsString, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { Fault } from '../errors/fault.js';
import { validationPipe } from './validation.js';

class Inner {
  @IsString()
  note!: string;
}

class Body {
  @IsInt()
  count!: number;

  @IsEmail()
  address!: string;

  @IsIn(['paper', 'web'])
  method!: string;

  @ValidateNested({ each: true })
  @Type(() => Inner)
  inner!: Inner[];
}

async function refusal(body: unknown): Promise<Fault> {
  return validationPipe()
    .transform(body, { type: 'body', metatype: Body })
    .then(
      () => Promise.reject(new Error('it was accepted')),
      (error: Fault) => error,
    );
}

const MARK = 'Ξ';
const canary = fc.string().map((text) => `${MARK}${text}`);

describe('what is told of an invalid body', () => {
  it('names the fields of ours that are wrong', async () => {
    const { code, fields } = await refusal({
      count: 'x',
      address: 'a@example.org',
      method: 'web',
      inner: [{ note: 1 }],
    });
    expect(code).toBe('validation.failed');
    expect(fields.map(({ pointer, code: rule }) => [pointer, rule])).toEqual([
      ['/count', 'isInt'],
      ['/inner/0/note', 'isString'],
    ]);
  });

  it('never repeats the input: no value, and no name of a field that is not ours', async () => {
    await fc.assert(
      fc.asyncProperty(canary, canary, async (name, value) => {
        const inner = { note: [value], [name]: value };
        const { fields } = await refusal({
          count: value,
          address: value,
          method: value,
          inner: [inner, value],
          [name]: { [name]: value },
        });
        expect(fields.length).toBeGreaterThan(4);
        expect(JSON.stringify(fields)).not.toContain(MARK);
      }),
      { numRuns: 500 },
    );
  });
});
