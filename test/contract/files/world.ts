/**
 * A process that reads two files of one folder, each of which is switched with a generation of its own, and is told by a
 * program when to read them again. It keeps every state that it has seen, so that a switch back and forth shows.
 */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetWorld } from "../describe-target.ts";
import { context } from "../file/world.ts";
import type { VersionRef } from "../../../src/domain/version.ts";
import { files } from "../../../src/targets/files.ts";

const BYSTANDERS = [
  ".alpha_prod_v9.run1.1",
  ".alphabet_v9.run1.1",
  "alpha_v9.run1.1",
  ".alpha_v9_v2.run1.1",
  ".alpha.v9.run1.1",
];

/** Takes its time, as processes do; a state is kept whole or not at all. */
const READ_AGAIN = `#!/bin/sh
sleep 0.02
n=$(ls "$1/seen" | wc -l)
mkdir "$1/half-$$" && cat "$1/secrets/alpha" > "$1/half-$$/alpha" && cat "$1/secrets/beta" > "$1/half-$$/beta" &&
  mv "$1/half-$$" "$1/seen/$n"
`;

export async function startFilesWorld(): Promise<TargetWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-files-"));
  const secrets = join(folder, "secrets");
  for (const each of ["secrets", "seen", "seen/0"]) mkdirSync(join(folder, each));
  for (const secret of ["alpha", "beta"]) {
    writeFileSync(join(secrets, secret), `by-hand-${secret}`, { mode: 0o600 });
    writeFileSync(join(folder, "seen/0", secret), `by-hand-${secret}`);
  }
  for (const name of BYSTANDERS) writeFileSync(join(secrets, name), "belongs to others");
  writeFileSync(join(folder, "read-again"), READ_AGAIN, { mode: 0o700 });
  const command = ["/bin/sh", join(folder, "read-again"), folder] as const;
  return {
    async connect(secret) {
      const reload = [{ kind: "exec", command }];
      const content = { [secret]: { content: "{value}" } };
      const config = files.schema.parse({
        kind: "files",
        path: secrets,
        name: secret,
        files: content,
        reload,
      });
      return files.connect(config, secret, context);
    },
    consumer: `process:exec:${command.join(" ")}`,
    async seen(secret) {
      return [states(folder).at(-1)?.[secret] ?? ""];
    },
    async switches() {
      const all = states(folder).map((state) => JSON.stringify(state));
      return all.filter((state, index) => index > 0 && state !== all[index - 1]).length;
    },
    async holds(ref) {
      return readdirSync(secrets).includes(copyOf(ref));
    },
    async bystanders() {
      const hash = createHash("sha256");
      for (const name of BYSTANDERS) {
        const path = join(secrets, name);
        hash.update(`${name} ${statSync(path).mode} ${statSync(path).ino} ${readFileSync(path, "utf8")}\n`);
      }
      return hash.digest("hex");
    },
    poison: null,
    async breakFarSide() {
      renameSync(secrets, `${secrets}-away`);
      writeFileSync(secrets, "a file where the folder was");
    },
    async close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function states(folder: string): readonly Record<string, string>[] {
  const names = readdirSync(join(folder, "seen")).toSorted((a, b) => Number(a) - Number(b));
  return names.map((name) => {
    const read = (secret: string): string => readFileSync(join(folder, "seen", name, secret), "utf8");
    return { alpha: read("alpha"), beta: read("beta") };
  });
}

/** Written out here again: the name is what an operator sees in the folder. */
function copyOf({ secret, version, marker }: VersionRef): string {
  return `.${secret}_v${version}.${marker.split(":")[2] ?? ""}`;
}
