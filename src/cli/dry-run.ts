/** `rotate --dry-run`: what would be rotated and why, from the journal alone. Connects to nothing. */
import type { SecretPolicy } from "../domain/policy.ts";
import { isoOrNull, type Instant } from "../domain/time.ts";
import { admit, type Admission } from "../plan/admit.ts";
import { windowOpensAt } from "../schedule/window.ts";
import { exitCodeOfResults } from "./exit-code.ts";
import { errorRow } from "./output/print-error.ts";
import { moment } from "./output/span.ts";
import { paint, Terminal } from "./output/terminal.ts";
import { named, selectForRotation, type Selection } from "./select-secrets.ts";
import type { Services, StateReader } from "./services.ts";

interface DryRunOptions extends Selection {
  readonly revokeNow?: true;
  readonly outsideWindow?: true;
  readonly json?: true;
}

interface Foreseen {
  readonly secret: string;
  readonly from: number | null;
  readonly opensAt: Instant;
  readonly admission: Admission;
}

export async function dryRun(
  names: readonly string[],
  options: DryRunOptions,
  file: string,
  services: Services,
): Promise<void> {
  const reader = await services.openReader(file);
  try {
    const selected = selectForRotation(reader.policies, names, options);
    const policies = selected === null ? reader.policies : named(reader.policies, selected);
    const now = services.now();
    const foreseen = policies.map((of) => foresee(reader, of, options, now));
    const terminal = new Terminal(services);
    for (const each of foreseen) (options.json === true ? printRecord : printForeseen)(terminal, each, now);
    services.setExitCode(
      exitCodeOfResults(
        foreseen.map(({ admission }) =>
          admission.admit === "refused"
            ? { outcome: "refused", error: admission.error }
            : { outcome: "rotated", error: null },
        ),
      ),
    );
  } finally {
    reader.close();
  }
}

function foresee(reader: StateReader, of: SecretPolicy, options: DryRunOptions, now: Instant): Foreseen {
  const { window, timezone } = of.policy;
  const state = reader.tables.get("secret", of.secret);
  const opensAt = window === null ? now : windowOpensAt(window, timezone, now);
  const asked = {
    now: options.now === true,
    revokeNow: options.revokeNow === true,
    outsideWindow: options.outsideWindow === true,
  };
  return {
    secret: of.secret,
    from: state?.current ?? null,
    opensAt,
    admission: admit(state, of, asked, now, opensAt),
  };
}

function printRecord(terminal: Terminal, { secret, from, admission }: Foreseen): void {
  if (admission.admit === "yes")
    terminal.json({ type: "would-rotate", secret, reason: admission.reason, fromVersion: from });
  else if (admission.admit === "refused")
    terminal.json({ type: "would-refuse", secret, error: errorRow(admission.error) });
  else terminal.json({ type: "not-due", secret, dueAt: isoOrNull(admission.next) });
}

function printForeseen(
  terminal: Terminal,
  { secret, from, opensAt, admission }: Foreseen,
  now: Instant,
): void {
  if (admission.admit === "refused") {
    return terminal.print(
      paint("would refuse ", "yellow"),
      `${secret}: [${admission.error.code}] ${admission.error.message}`,
    );
  }
  if (admission.admit === "not-due") {
    const when =
      admission.next === null
        ? "not managed yet, never due by itself"
        : `not due until ${moment(admission.next, now)}`;
    return terminal.print(paint(`${secret}: ${when}`, "dim"));
  }
  const window =
    admission.waitForWindow && opensAt > now
      ? `; consumers switch when the window opens, ${moment(opensAt, now)}`
      : "";
  const version = from === null ? "its first version" : `the version after v${from}`;
  terminal.print(paint("would rotate ", "green"), `${secret} to ${version} (${admission.reason})${window}`);
}
