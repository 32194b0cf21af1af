import { Module, type DynamicModule, type Type } from '@nestjs/common';

/** What a facade offers, without its private parts: what a fake must have. */
export type Door<Facade> = { [Name in keyof Facade]: Facade[Name] };

/** Stands in a module's place and offers a fake under the facade's name. */
@Module({})
export class FakeDoorModule {
  static of<Facade>(facade: Type<Facade>, fake: Door<Facade>): DynamicModule {
    return { module: FakeDoorModule, providers: [{ provide: facade, useValue: fake }], exports: [facade] };
  }
}
