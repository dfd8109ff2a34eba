import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { asRotationError, recordError, type RecordedError } from "../../domain/errors.ts";
import { readContainer } from "../containers/read-container.ts";
import { checkRow } from "../diagnosis/check-rules.ts";
import type { CheckFinding } from "../diagnosis/diagnosis.ts";
import { checkFile, type CheckedFile } from "./check-file.ts";
import { findFiles } from "./find-files.ts";
import type { Held, Judge, Judgement } from "./judge.ts";
import type { Pairable } from "./match-keys.ts";
import { readCertificateFile, unreadable } from "./read-file.ts";
import type { TargetKind } from "./report.ts";
import type { RemoteTarget, Sources } from "./target.ts";

/** What was found at one file, server or config, before it is known what else there is. */
export type Entry = { readonly target: string; readonly kind: TargetKind } & (
  | { readonly error: RecordedError }
  | {
      readonly error: null;
      /** What is to be judged again; not kept of a chain that leads somewhere. */
      readonly held: Held | null;
      readonly judgement: Judgement;
      readonly findings: readonly CheckFinding[];
      readonly pairable: Pairable | null;
    }
);

export interface Looking {
  readonly judge: Judge;
  readonly sources: Sources;
  readonly password: string | undefined;
  readonly signal: AbortSignal;
}

/** Files between two breaths: for a signal, another server's answer. */
const FILES_A_TURN = 32;
/** What is named together belongs together. */
const NAMED = "";

/** A file, or all files below a folder that hold something. */
export async function lookAtPath(path: string, looking: Looking): Promise<readonly Entry[]> {
  const folder = resolve(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return [await lookAtFile({ path, group: NAMED }, looking)];
  const entries: Entry[] = [];
  let turn = 0;
  for (const file of findFiles(folder)) {
    if (++turn % FILES_A_TURN === 0) await new Promise((next) => setImmediate(next));
    looking.signal.throwIfAborted();
    const entry = await lookAtFile({ path: file, group: dirname(file) }, looking);
    if (entry.error !== null || !isEmpty(entry)) entries.push(entry);
  }
  return entries;
}

async function lookAtFile(
  place: { readonly path: string; readonly group: string },
  { judge, password }: Looking,
): Promise<Entry> {
  const { path, group } = place;
  try {
    const checked = checkFile(await readCertificateFile(path, password), judge);
    if (group === NAMED && isEmpty(checked))
      throw unreadable(path, "holds neither a certificate nor a private key");
    const pairable = pairableOf(place, checked);
    return { target: path, kind: "file", error: null, ...keptOf(checked), pairable };
  } catch (thrown) {
    return failed(path, "file", thrown);
  }
}

export async function lookRemote(target: RemoteTarget, looking: Looking): Promise<Entry> {
  const { label, kind } = target;
  try {
    const looked = target.kind === "endpoint" ? lookAtServer(target, looking) : lookAtConfig(target, looking);
    return { target: label, kind, error: null, ...keptOf(await looked), pairable: null };
  } catch (thrown) {
    looking.signal.throwIfAborted();
    return failed(label, kind, thrown);
  }
}

async function lookAtServer(
  { endpoint, names }: RemoteTarget & { kind: "endpoint" },
  { judge, sources, signal }: Looking,
): Promise<Pick<CheckedFile, "held" | "judgement" | "findings">> {
  const { certificates, provesKey } = await sources.served(endpoint, signal);
  const held: Held = { certificates, isServed: true, names };
  return { held, judgement: judge.judge(held), findings: provesKey === false ? [withoutKey()] : [] };
}

async function lookAtConfig(
  { connection, name }: RemoteTarget & { kind: "docker-config" },
  { judge, sources, password, signal }: Looking,
): Promise<CheckedFile> {
  const bytes = await sources.dockerConfig(connection, name, signal);
  return checkFile({ container: await readContainer(bytes, password), isPublic: false }, judge);
}

/** Of ten thousand files only what a report needs stays in memory. */
function keptOf({ held, judgement, findings }: Pick<CheckedFile, "held" | "judgement" | "findings">) {
  return { held: judgement.lacks.length === 0 ? null : held, judgement, findings };
}

function isEmpty({ judgement, findings }: Pick<CheckedFile, "judgement" | "findings">): boolean {
  return judgement.holds === "nothing" && judgement.findings.length === 0 && findings.length === 0;
}

function failed(target: string, kind: TargetKind, thrown: unknown): Entry {
  return { target, kind, error: recordError(asRotationError(thrown)) };
}

/** A chain with its key in the same file was judged with it. */
function pairableOf(
  place: { readonly path: string; readonly group: string },
  { held, judgement: { holds, leaf }, keyIds }: CheckedFile,
): Pairable | null {
  if (holds === "keys" && keyIds.length > 0) return { ...place, keyIds, isKey: true };
  if (leaf === null || held.key !== undefined) return null;
  return { ...place, keyIds: [leaf.keyId], isKey: false, subject: leaf.subject };
}

function withoutKey(): CheckFinding {
  const { section, mend } = checkRow("key-matches");
  const message = "the server does not show that it has the key of the certificate that it sends first";
  return { rule: "key-matches", section, level: "error", certificate: null, message, mend };
}
