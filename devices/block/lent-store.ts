import type { Store } from "./store.js";

/** The same store, for who closes what it was given: it stays open. */
export function lent(store: Store): Store {
  return {
    name: store.name,
    readOnly: store.readOnly,
    get size() {
      return store.size;
    },
    read: (at, into) => store.read(at, into),
    write: (at, from) => store.write(at, from),
    truncate: (size) => store.truncate(size),
    flush: () => store.flush(),
    ...(store.punch ? { punch: (at: number, length: number) => store.punch!(at, length) } : {}),
    close: async () => {},
  };
}
