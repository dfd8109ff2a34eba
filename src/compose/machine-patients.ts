/** What keyturn itself stands on, as patients of `doctor`. */
import { realpathSync } from "node:fs";
import { sep } from "node:path";
import type { LoadedConfig } from "../config/config.ts";
import { inspectConfigFiles } from "../config/inspect-files.ts";
import { inspectFolder } from "../connections/file-system/inspect-folder.ts";
import { inspectClock } from "../connections/process/inspect-clock.ts";
import { failed, failedBy, notCheckable, proved, type CheckName, type Finding } from "../domain/check.ts";
import { inspectChain, inspectSealed } from "../journal/inspect-journal.ts";
import { openJournalReadOnly } from "../journal/journal-reader.ts";
import { loadSealKey } from "../journal/seal-key.ts";
import type { Patient } from "../run/examine.ts";
import { inspectAudit } from "../sinks/audit/inspect-audit.ts";
import { NEEDED_BYTES } from "./room.ts";
import type { Environment } from "./wiring.ts";

export function machinePatients(config: LoadedConfig, env: Environment): readonly Patient[] {
  return [
    patient("configuration", () => inspectConfigFiles(config.files)),
    patient("clock", (signal) => inspectClock({ env }, signal)),
    patient("seal key", async () => inspectSealKey(config, env)),
    patient("journal", async () => [
      ...(await inspectFolder(config.stateDir, ownFolder("state-folder"))),
      ...inspectChain(config.stateDir),
    ]),
    patient("audit log", async () => [
      ...(await inspectFolder(config.auditDir, ownFolder("audit-folder"))),
      ...(await auditInStep(config)),
    ]),
  ];
}

function patient(subject: string, look: (signal: AbortSignal) => Promise<readonly Finding[]>): Patient {
  return {
    subject,
    connection: null,
    connect: () => Promise.resolve((_around, signal) => look(signal)),
  };
}

function ownFolder(check: CheckName) {
  return { check, writable: check, isPrivate: true, isMade: true, neededBytes: NEEDED_BYTES } as const;
}

function inspectSealKey(config: LoadedConfig, env: Environment): readonly Finding[] {
  const { sealKeyFile, stateDir } = config;
  try {
    const key = loadSealKey(sealKeyFile, env["CREDENTIALS_DIRECTORY"]);
    try {
      const there = proved("seal-key", `${sealKeyFile} holds a key that nobody else may read`);
      return [there, sealKeyPlace(sealKeyFile, stateDir), ...inspectSealed(stateDir, key)];
    } finally {
      key.wipe();
    }
  } catch (thrown) {
    return [failedBy("seal-key", thrown)];
  }
}

function sealKeyPlace(file: string, stateDir: string): Finding {
  if (!real(file).startsWith(`${real(stateDir)}${sep}`))
    return proved("seal-key-place", "the key does not lie in the state folder");
  return failed(
    "seal-key-place",
    `${file} lies in the state folder, so whoever has a back-up of that can open what is sealed`,
    "Move the key elsewhere and name it in state.sealKeyFile; with systemd, use LoadCredential=.",
  );
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function auditInStep({ auditDir, stateDir }: LoadedConfig): Promise<readonly Finding[]> {
  try {
    const journal = openJournalReadOnly(stateDir);
    try {
      return await inspectAudit(auditDir, journal);
    } finally {
      journal.close();
    }
  } catch {
    return [notCheckable("audit-in-step", "the journal cannot be read, see there")];
  }
}
