/**
 * The daemon itself needs no local time, and node-cron cannot count in it: it takes the milliseconds off with
 * `Date#setMilliseconds`, which in the hour that the clocks go back over leads to the hour before, and then waits for that
 * hour to pass. The heartbeat would stand still.
 */
export function countInUtc(): void {
  // Node.js tells V8 of the change at once.
  process.env["TZ"] = "UTC";
}
