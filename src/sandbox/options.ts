import { parseArgs } from "node:util";

export const FAILURES = ["verify", "confirm", "crash"] as const;
export type Failure = (typeof FAILURES)[number];

export interface SandboxOptions {
  readonly once: boolean;
  readonly fail: Failure | null;
  /** The story of a bad day. */
  readonly lockdown: boolean;
  readonly seed: number;
  readonly help: boolean;
}

export const USAGE = `Usage: npm start [-- OPTIONS]

A stand-in for Entra and Microsoft Graph, an application that signs in at it several times a second,
and keyturn rotating the application's secret, and the certificate of its page under visitors:
all on this machine, on loopback, gone at the end.

Without options it rotates again and again until Ctrl-C.

  --once           one rotation and a summary; exits 0, or 1 if a sign-in failed or anything was not as it should be
  --fail verify    with --once: Entra never accepts the new secret; it is dropped and revoked
  --fail confirm   with --once: the application does not take the new secret; it is put back
  --fail crash     with --once: keyturn is killed (SIGKILL) while Entra makes the secret; \`keyturn recover\` follows
  --lockdown       with --once: the application is locked down: stopped, its secret replaced and revoked
  --seed N         another choice of delays and faults; default 1
  -h, --help       this text
`;

export class UsageError extends Error {}

export function parseOptions(argv: readonly string[]): SandboxOptions {
  const { once = false, fail, lockdown = false, seed = "1", help = false } = parse(argv);
  if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--seed takes a number, not \`${seed}\``);
  if (fail !== undefined && !isFailure(fail)) {
    throw new UsageError(`--fail takes ${FAILURES.join(", ")}, not \`${fail}\``);
  }
  if (fail !== undefined && !once) throw new UsageError("--fail needs --once");
  if (lockdown && (!once || fail !== undefined)) throw new UsageError("--lockdown goes with --once alone");
  return { once, fail: fail ?? null, lockdown, seed: Number(seed), help };
}

interface Parsed {
  readonly once?: boolean;
  readonly fail?: string;
  readonly lockdown?: boolean;
  readonly seed?: string;
  readonly help?: boolean;
}

function parse(argv: readonly string[]): Parsed {
  const options = {
    once: { type: "boolean" },
    fail: { type: "string" },
    lockdown: { type: "boolean" },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (thrown) {
    throw new UsageError((thrown as Error).message);
  }
}

function isFailure(text: string): text is Failure {
  return (FAILURES as readonly string[]).includes(text);
}
