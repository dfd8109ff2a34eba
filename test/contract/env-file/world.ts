/**
 * A process that reads an environment file with two keys of keyturn's and more of others, and is told by a program when
 * to read it again. A shell says what it sees. It keeps every state, so that a switch back and forth shows.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TargetWorld } from "../describe-target.ts";
import { context } from "../file/world.ts";
import { envFile } from "../../../src/targets/env-file.ts";

const BYSTANDERS = [
  "app.env.ALPHA_PROD_v9.run1.1",
  "app.env.ALPHABET_v9.run1.1",
  "app.env_v9.run1.1",
  "xapp.env.ALPHA_v9.run1.1",
];

const BY_HAND = `# written by hand
ALPHABET=theirs
XALPHA='their own'
export ALPHA="by-hand-alpha"
BETA=by-hand-beta
#ALPHA=by-nobody
LAST=no newline`;

const READ_AGAIN = `#!/bin/sh
sleep 0.02
n=$(ls "$1/seen" | wc -l)
cp "$1/etc/app.env" "$1/half-$$" && mv "$1/half-$$" "$1/seen/$n"
`;

export async function startEnvFileWorld(format: "dotenv" | "systemd"): Promise<TargetWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-env-file-"));
  const etc = join(folder, "etc");
  const path = join(etc, "app.env");
  for (const each of ["etc", "seen"]) mkdirSync(join(folder, each));
  // systemd knows no `export`, and a shell wants the quotes.
  const byHand = BY_HAND.replace("no newline", '"no newline"').replace(
    "export ",
    format === "systemd" ? "" : "export ",
  );
  for (const each of [path, join(folder, "seen/0")]) writeFileSync(each, byHand, { mode: 0o600 });
  for (const name of BYSTANDERS) writeFileSync(join(etc, name), "belongs to others");
  writeFileSync(join(folder, "read-again"), READ_AGAIN, { mode: 0o700 });
  const command = ["/bin/sh", join(folder, "read-again"), folder] as const;
  return {
    async connect(secret) {
      const reload = [{ kind: "exec", command }];
      const key = secret.toUpperCase();
      const config = envFile.schema.parse({ kind: "env-file", path, key, format, reload });
      return envFile.connect(config, secret, context);
    },
    consumer: `process:exec:${command.join(" ")}`,
    async seen(secret) {
      return [variable(states(folder).at(-1) ?? "", secret.toUpperCase())];
    },
    async switches() {
      const all = states(folder).map((state) => readFileSync(state, "utf8"));
      return all.filter((state, index) => index > 0 && state !== all[index - 1]).length;
    },
    async holds({ secret, version, marker }) {
      const name = `app.env.${secret.toUpperCase()}_v${version}.${marker.split(":")[2] ?? ""}`;
      return readdirSync(etc).includes(name);
    },
    async bystanders() {
      const hash = createHash("sha256");
      for (const name of BYSTANDERS) hash.update(`${name} ${readFileSync(join(etc, name), "utf8")}\n`);
      const others = readFileSync(path, "utf8").split("\n");
      hash.update(others.filter((line) => !/^(export )?(ALPHA|BETA)=/.test(line)).join("\n"));
      return hash.digest("hex");
    },
    poison: null,
    async breakFarSide() {
      renameSync(etc, `${etc}-away`);
      writeFileSync(etc, "a file where the folder was");
    },
    async close() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function states(folder: string): readonly string[] {
  const names = readdirSync(join(folder, "seen")).toSorted((a, b) => Number(a) - Number(b));
  return names.map((name) => join(folder, "seen", name));
}

function variable(file: string, name: string): string {
  const script = `. "$1"; eval "printf %s \\"\\$$2\\""`;
  return execFileSync("/bin/sh", ["-c", script, "sh", file, name], { encoding: "utf8" });
}
