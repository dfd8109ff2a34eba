/** Ways to break a target: a store or its consumers with some methods replaced. */
import type { Sabotage } from "./target-scene.ts";
import type { Consumer, Store, Target } from "../../src/domain/ports.ts";

export function withStore(broken: (real: Store) => Partial<Store>): Sabotage {
  return (target) => {
    const store = over(target.store, broken(target.store));
    return { store, consumers: (signal) => target.consumers(signal), close: () => target.close() };
  };
}

export function withConsumer(broken: (real: Consumer) => Partial<Consumer>): Sabotage {
  return (target) => ({
    store: target.store,
    consumers: async (signal) =>
      (await target.consumers(signal)).map((consumer) => breakConsumer(consumer, broken)),
    close: () => target.close(),
  });
}

export function withHeld(held: NonNullable<Target["held"]>): Sabotage {
  return (target) => ({
    store: target.store,
    consumers: (signal) => target.consumers(signal),
    held,
    close: () => target.close(),
  });
}

/** What `join` gives stays broken, and what it is given is whole. */
function breakConsumer(real: Consumer, broken: (real: Consumer) => Partial<Consumer>): Consumer {
  const whole = over(real, broken(real));
  const join = (other: Consumer): Consumer => breakConsumer(real.join(REAL.get(other) ?? other), broken);
  const result = over(whole, { join });
  REAL.set(result, real);
  return result;
}

/** The consumer behind a broken one. */
const REAL = new WeakMap<Consumer, Consumer>();

function over<T extends object>(real: T, replaced: Partial<T>): T {
  return new Proxy(real, {
    get(target, key) {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key) as unknown;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
