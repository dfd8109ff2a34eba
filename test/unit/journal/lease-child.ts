/** Takes the lease on the folder given, says so, and holds it until it is killed. */
import { acquireLease } from "../../../src/journal/lease.ts";
import { RotationError } from "../../../src/domain/errors.ts";

try {
  const lease = acquireLease(process.argv[2] as string);
  process.stdout.write(`epoch ${lease.epoch}\n`);
  process.stdin.resume();
  process.stdin.on("end", () => lease.release());
} catch (thrown) {
  process.stdout.write(`${thrown instanceof RotationError ? thrown.code : String(thrown)}\n`);
}
