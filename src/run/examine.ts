/** Has everything that a rotation needs look at itself, side by side, so that what hangs holds up nobody else. */
import {
  failedBy,
  notCheckable,
  type Check,
  type Finding,
  type Inspect,
  type Surroundings,
} from "../domain/check.ts";
import { RotationError } from "../domain/errors.ts";
import type { Clock } from "../domain/time.ts";
import { withDeadline } from "./deadline.ts";
import { settle } from "./settle.ts";

const LOOK_MS = 45_000;
/** Of what shares a connection, or has none. */
const AT_ONCE = 6;

/** Something that can look at itself. */
export interface Patient {
  /** For people: `connection entra`. */
  readonly subject: string;
  /** The connection that it is, or that it is behind; null for what needs none. */
  readonly connection: string | null;
  /** It is the connection itself: when it cannot be read, what is behind it is not asked. */
  readonly leads?: true;
  /** Makes it ready; throws when the configuration does not allow that. Null for what cannot look at itself. */
  connect(): Promise<Inspect | null>;
}

export interface Examination {
  readonly patients: readonly Patient[];
  readonly around: Surroundings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Every finding, in the order of the patients. */
export async function examine(examination: Examination): Promise<readonly Check[]> {
  const findings = new Map<Patient, readonly Finding[]>();
  const groups = Map.groupBy(examination.patients, (patient) => patient.connection);
  await Promise.all([...groups.values()].map((group) => examineGroup(examination, group, findings)));
  if (examination.signal.aborted) throw stopped();
  return examination.patients.flatMap((patient) =>
    (findings.get(patient) ?? []).map((finding) => ({ subject: patient.subject, ...finding })),
  );
}

/** The connection first: nobody waits once for each of twenty secrets that are behind it. */
async function examineGroup(
  examination: Examination,
  group: readonly Patient[],
  findings: Map<Patient, readonly Finding[]>,
): Promise<void> {
  let closed: string | null = null;
  for (const patient of group.filter(({ leads }) => leads === true)) {
    const seen = await look(examination, patient);
    findings.set(patient, seen.findings);
    if (!seen.answered) closed = patient.subject;
  }
  const rest = group.filter(({ leads }) => leads !== true);
  await eachOf(rest, AT_ONCE, async (patient) => {
    findings.set(
      patient,
      closed === null
        ? (await look(examination, patient)).findings
        : [notCheckable("reachable", `${closed} does not work, see there`)],
    );
  });
}

async function look(
  { around, clock, signal }: Examination,
  patient: Patient,
): Promise<{ readonly findings: readonly Finding[]; readonly answered: boolean }> {
  const seen = await settle(
    withDeadline(clock, LOOK_MS, signal, async (stop) => (await patient.connect())?.(around, stop)),
  );
  if (!seen.ok) return { findings: [failedBy("reachable", seen.error)], answered: false };
  const findings = seen.value ?? [notCheckable("reachable", "things of this kind cannot look at themselves")];
  return { findings, answered: true };
}

function stopped(): RotationError {
  return new RotationError("aborted", {
    kind: "transient",
    message: "keyturn was asked to stop before everything was looked at",
    hint: "Nothing was changed.",
  });
}

async function eachOf<T>(all: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
