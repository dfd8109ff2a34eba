import { writeSync } from "node:fs";

/** What the service manager is told; see sd_notify(3). */
export interface Notifier {
  /** One datagram; a manager that does not listen is not waited for. */
  tell(state: string): void;
}

/** A launcher connects the manager's socket and leaves it open as `descriptor`: Node itself has no datagram sockets of that kind. */
export function notifierOn(descriptor: number | null): Notifier {
  return {
    tell: (state) => {
      if (descriptor === null) return;
      try {
        writeSync(descriptor, state);
      } catch {
        // A full or closed socket must not stop a rotation.
      }
    },
  };
}
