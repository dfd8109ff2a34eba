import type { Incident } from "./incident.ts";
import { formatDuration } from "../../domain/time.ts";

/** What no journal can know, said in every report. */
const LIMITS = [
  "Entra may accept a secret for some minutes after it was removed, and access tokens that were issued with it stay valid",
  "until they expire, as a rule after 60 to 90 minutes. A disabled application gets no new tokens; those it has stay valid.",
  "Copies that somebody took before are nothing that a lockdown can reach.",
].join("\n");

/** For people, and for whatever keeps incidents. */
export function incidentMarkdown(incident: Incident): string {
  const { lockdown, scope, reason, startedBy, startedAt, containedAt, state, lifted } = incident;
  return [
    `# Lockdown of ${scope}`,
    "",
    `- lockdown: ${lockdown}`,
    `- reason: ${plain(reason)}`,
    `- started: ${startedAt ?? "?"} by ${plain(startedBy ?? "somebody")}`,
    `- everything held still: ${containedAt ?? "never"}`,
    `- state: ${state}`,
    ...(lifted === null
      ? []
      : [
          `- lifted: ${lifted.at ?? "not yet"} by ${plain(lifted.by ?? "somebody")}: ${plain(lifted.reason)}`,
        ]),
    "",
    "## Timeline",
    "",
    "| when | what | took | result |",
    "| --- | --- | --- | --- |",
    ...incident.timeline.map(
      ({ at, what, ms, result }) =>
        `| ${at ?? "?"} | ${plain(what)} | ${ms === null ? "" : formatDuration(ms)} | ${result} |`,
    ),
    "",
    "## Credentials",
    "",
    ...(incident.credentials.length === 0 ? ["None were rotated.", ""] : credentialTable(incident)),
    LIMITS,
    "",
    ...(incident.warnings.length === 0 ? [] : warningList(incident)),
    "## Not done",
    "",
    ...(incident.notDone.length === 0
      ? ["Nothing is missing."]
      : incident.notDone.map(
          ({ what, error }) => `- ${plain(what)}: ${plain(error?.message ?? "not known")}`,
        )),
    "",
  ].join("\n");
}

function warningList({ warnings }: Incident): readonly string[] {
  const lines = warnings.map(({ what, warning }) => `- ${plain(what)}: ${plain(warning)}`);
  return ["## Warnings", "", ...lines, ""];
}

function credentialTable({ credentials }: Incident): readonly string[] {
  return [
    "| secret | old version | new version | old one revoked |",
    "| --- | --- | --- | --- |",
    ...credentials.map(
      ({ secret, from, to, revokedAt }) =>
        `| ${secret} | ${from ?? "unknown to keyturn"} | ${to} | ${revokedAt ?? (from === null ? "by hand, if at all" : "NOT YET")} |`,
    ),
    "",
  ];
}

/** Texts come from people and from far sides: none may make a table of its own. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
}
