import type { Health, StatusRow } from "../../plan/health.ts";
import type { Instant } from "../../domain/time.ts";
import type { CredentialRow } from "../../plan/credential-row.ts";
import { credentialLine } from "./credential-line.ts";
import { fromNow, span } from "./span.ts";
import { printTable, type Cell } from "./table.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

const STYLES: Readonly<Record<Health, Style>> = {
  "needs-operator": "red",
  locked: "red",
  held: "yellow",
  unmanaged: "dim",
  expiring: "red",
  "retire-overdue": "red",
  failing: "red",
  overdue: "yellow",
  due: "yellow",
  ok: "green",
};

const HEADS = ["SECRET", "HEALTH", "VERSION", "AGE", "DUE", "EXPIRES", "PREVIOUS"];

export function printStatus(terminal: Terminal, rows: readonly StatusRow[], now: Instant): void {
  if (rows.length === 0) return terminal.print("No secret is configured.");
  printTable(
    terminal,
    HEADS,
    rows.map((row) => cells(row, now)),
  );
  const notes = rows.flatMap((row) => note(row, now));
  if (notes.length > 0) terminal.print();
  for (const text of notes) terminal.print(paint(text, "dim"));
}

function cells(row: StatusRow, now: Instant): readonly Cell[] {
  const { name, health, version, evidence, createdAt, dueAt, notAfter, previous } = row;
  return [
    { text: name, style: "bold" },
    { text: health, style: STYLES[health] },
    { text: version === null ? "–" : `v${version}${evidence === null ? "" : ` ${evidence}`}` },
    { text: createdAt === null ? "–" : span(now - Date.parse(createdAt)) },
    { text: when(dueAt, now) },
    { text: when(notAfter, now) },
    {
      text:
        previous === null
          ? "–"
          : `v${previous.version} ${previous.retireAt === null ? "" : when(previous.retireAt, now)}`.trim(),
    },
  ];
}

function when(at: string | null, now: Instant): string {
  return at === null ? "–" : fromNow(Date.parse(at), now);
}

/** What the table has no room for, and what to do. */
function note(row: StatusRow, now: Instant): readonly string[] {
  const { name, health, previous, lastRun, foreign, foreignCredentials, adoptedCredentials } = row;
  const notes: string[] = [];
  if (health === "unmanaged")
    notes.push(`${name}: not managed yet; \`keyturn rotate --now ${name}\` starts its life.`);
  if (health === "held")
    notes.push(
      `${name}: held since it was rolled back; \`keyturn rotate --now ${name}\` gives it a new version.`,
    );
  if (lastRun !== null && !["rotated", "delivered"].includes(lastRun.outcome)) {
    notes.push(
      `${name}: last run ${lastRun.outcome}${lastRun.endedAt === null ? "" : ` ${when(lastRun.endedAt, now)}`}; see \`keyturn show ${lastRun.run}\`.`,
    );
  }
  if (previous?.revokeByHand === true)
    notes.push(
      `${name}: v${previous.version} is to be revoked by a person; then \`keyturn retire ${name} --done\`.`,
    );
  else if (health === "retire-overdue")
    notes.push(`${name}: the previous version should be gone; \`keyturn recover\` tries again.`);
  const listed = (credentials: readonly CredentialRow[]): readonly string[] =>
    credentials.map((each) => `  ${credentialLine(each, now)}`);
  if (adoptedCredentials.length > 0)
    notes.push(`${name}: v0 stands for ${counted(adoptedCredentials.length)} that it adopted:`);
  notes.push(...listed(adoptedCredentials));
  if (foreign > 0)
    notes.push(
      `${name}: ${counted(foreign)} at the issuer that keyturn neither made nor adopted${foreignCredentials.length > 0 ? ":" : "."}`,
    );
  return [...notes, ...listed(foreignCredentials)];
}

function counted(credentials: number): string {
  return `${credentials} credential${credentials === 1 ? "" : "s"}`;
}
