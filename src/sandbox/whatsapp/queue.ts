export interface Queue<T> {
  push(item: T): void;
  shift(): T | undefined;
  peek(): T | undefined;
  readonly length: number;
}

const COMPACT_AFTER = 1024;

/** First in, first out, without the copying that makes Array.shift slow on a long backlog. */
export function makeQueue<T>(): Queue<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  const shift = (): T | undefined => {
    const item = items[head];
    if (head === items.length) return undefined;
    items[head] = undefined;
    head += 1;
    if (head > COMPACT_AFTER && head * 2 > items.length) {
      items = items.slice(head);
      head = 0;
    }
    return item;
  };
  return {
    push: (item) => void items.push(item),
    shift,
    peek: () => items[head],
    get length() {
      return items.length - head;
    },
  };
}
