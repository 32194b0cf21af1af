declare const transaction: unique symbol;

/** An open database transaction. Opaque: only platform/database and infrastructure/ look inside. */
export interface Transaction {
  readonly [transaction]: true;
}
