/** What was found, as a file for the schedules folder that `config check` takes as it is. */
import { Document, isMap, isNode, isScalar, isSeq, stringify, type YAMLMap } from "yaml";
import type { Discovery, FoundIssuer, FoundTarget } from "../../domain/discovery.ts";
import type { Instant } from "../../domain/time.ts";
import { parseMarker } from "../../domain/version.ts";
import { credentialRow } from "../../plan/credential-row.ts";
import { credentialLine } from "./credential-line.ts";
import { escapeControls } from "./terminal.ts";

const POLICY = "adopted-90d";
const LONGEST_NAME = 48;
const HEAD = [
  " What `keyturn adopt --discover` found, to be looked through and saved in the schedules folder.",
  " Which of the places at the end belongs to which secret, nobody but you can tell: move it under that secret's targets.",
  " Then: keyturn config check, keyturn plan --now NAME, keyturn rotate --now NAME.",
].join("\n");
const POLICY_NOTES: Readonly<Record<string, string>> = {
  maxAge: " due when the current version is this old ...",
  renewBefore: " ... or this close to its own expiry, whichever is first",
  overlap: " how long the previous version keeps working after the switch; then it is revoked",
  window: " when services may restart",
};
const ADOPT_NOTE =
  " These become version 0, and are all revoked when the overlap after the first rotation is over.\n" +
  " Take out what somebody uses whom no target below leads to.";

const TARGETS_NOTE = " Nobody gets a new version before one of the places at the end stands here.";

interface Taken {
  readonly secret: string;
  readonly policy: string;
}

export function discoveryYaml(
  { issuers, targets }: Discovery,
  taken: readonly Taken[],
  now: Instant,
): string {
  const names = uniqueNames(issuers, new Set(taken.map(({ secret }) => secret)));
  const hasPolicy = taken.some(({ policy }) => policy === POLICY);
  const secrets = issuers.map((issuer, index) => [names[index], secretOf(issuer)] as const);
  const document = new Document({
    ...(hasPolicy ? {} : { policies: { [POLICY]: policyOf() } }),
    secrets: Object.fromEntries(secrets) as object,
  });
  document.commentBefore = HEAD;
  if (!hasPolicy) notePolicy(document);
  issuers.forEach((issuer, index) => {
    noteSecret(document, names[index] ?? "", issuer, now);
  });
  if (targets.length > 0) document.comment = placesOf(targets);
  return document.toString({ lineWidth: 0 });
}

function policyOf(): object {
  return {
    maxAge: "90d",
    renewBefore: "14d",
    window: { days: ["mon", "tue", "wed", "thu"], from: "02:00", to: "05:00" },
    overlap: "24h",
  };
}

/** What another keyturn made is its own to retire. */
function secretOf({ leaf, credentials }: FoundIssuer): object {
  const adopt = credentials.filter(({ marker }) => marker === null).map(({ id }) => id);
  return { policy: POLICY, issuer: { ...leaf, ...(adopt.length === 0 ? {} : { adopt }) }, targets: [] };
}

function notePolicy(document: Document): void {
  for (const [key, note] of Object.entries(POLICY_NOTES)) {
    const value = document.getIn(["policies", POLICY, key], true);
    if (!isNode(value)) continue;
    value.comment = note;
    if (isMap(value)) writeInline(value);
  }
}

/** Quoted, since other readers of YAML take `02:00` for a number. */
function writeInline(window: YAMLMap): void {
  window.flow = true;
  for (const key of ["from", "to"]) {
    const time = window.get(key, true);
    if (isScalar(time)) time.type = "QUOTE_DOUBLE";
  }
}

function noteSecret(document: Document, name: string, issuer: FoundIssuer, now: Instant): void {
  noteKey(document.get("secrets"), name, comment(headOf(issuer, now)));
  noteKey(document.getIn(["secrets", name]), "targets", TARGETS_NOTE);
  const adopt = document.getIn(["secrets", name, "issuer", "adopt"], true);
  if (!isSeq(adopt)) return;
  adopt.commentBefore = ADOPT_NOTE;
  for (const item of adopt.items) {
    const credential = issuer.credentials.find(({ id }) => isScalar(item) && item.value === id);
    if (credential === undefined || !isScalar(item)) continue;
    const line = credentialLine(credentialRow(credential), now).slice(credential.id.length);
    item.comment = comment([line.replace(/^,? /, "")]);
  }
}

/** Above the key, and not above its value. */
function noteKey(map: unknown, name: string, note: string): void {
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
  if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = note;
}

function headOf({ name, credentials }: FoundIssuer, now: Instant): readonly string[] {
  const others = credentials.filter(({ marker }) => marker !== null);
  return [
    `"${name}"`,
    ...(credentials.length === 0 ? ["It holds no secret."] : []),
    ...others.map((each) => {
      const whose = parseMarker(each.marker ?? "")?.secret ?? "";
      return `Not proposed, since a keyturn made it for ${whose}: ${credentialLine(credentialRow(each), now)}`;
    }),
  ];
}

function placesOf(targets: readonly FoundTarget[]): string {
  const blocks = targets.map(({ name, leaf, notes }) => [
    comment([name, ...notes]),
    ...stringify([leaf], { lineWidth: 0 })
      .trimEnd()
      .split("\n")
      .map((line) => `       ${line}`),
  ]);
  return [" Places that could be targets:", ...blocks.flatMap((lines) => ["", ...lines])].join("\n");
}

/** Names from outside: a line break in one would end the comment. */
function comment(lines: readonly string[]): string {
  return lines.map((line) => ` ${escapeControls(line)}`).join("\n");
}

/** What a secret may be called, near to what the application is called. */
function uniqueNames(issuers: readonly FoundIssuer[], taken: Set<string>): readonly string[] {
  return issuers.map(({ name }) => {
    const slug = name
      .replaceAll(/[^a-zA-Z0-9_.-]+/g, "-")
      .replace(/^[^a-zA-Z0-9]+/, "")
      .replace(/-+$/, "");
    const base = slug.slice(0, LONGEST_NAME) || "application";
    let unique = base;
    for (let count = 2; taken.has(unique); count += 1) unique = `${base}-${count}`;
    taken.add(unique);
    return unique;
  });
}
