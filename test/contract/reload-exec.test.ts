import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeReload, type ReloadWorld } from "./describe-reload.ts";
import { contextWith } from "./reload/context.ts";
import { tempFolder } from "../temp-folder.ts";
import type { Reload } from "../../src/domain/ports.ts";
import { exec } from "../../src/reloads/exec.ts";

const signal = new AbortController().signal;
const CANARY = "canary-printed-7c1d";

function connect(command: readonly string[], settings: object = {}): Promise<Reload> {
  return exec.connect(exec.schema.parse({ kind: "exec", command, ...settings }), contextWith());
}

async function startWorld(): Promise<ReloadWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-exec-"));
  const script = `echo ${CANARY}; echo ${CANARY} >&2; [ -e "$1/broken" ] && exit 3; echo x >> "$1/$2"`;
  const command = (who: string): readonly string[] => ["/bin/sh", "-c", script, "reload", folder, who];
  const lines = (who: string): number =>
    existsSync(join(folder, who)) ? readFileSync(join(folder, who), "utf8").length / 2 : 0;
  return {
    connect: () => connect(command("own")),
    connectOther: () => connect(command("other")),
    count: async () => lines("own"),
    bystanders: async () => lines("other"),
    async breakProcess() {
      writeFileSync(join(folder, "broken"), "");
    },
    brokenCode: "reload-failed",
    // The script's own text stands in the reload's id, which is no secret; what it prints does not.
    canary: "canary-printed-7c1d\n",
    async close() {
      rmSync(folder, { recursive: true });
    },
  };
}

describeReload("exec", startWorld);

it("a program gets a bare environment, no input and no shell", async () => {
  const seen = join(tempFolder(), "seen");
  const reload = await connect([
    "/bin/sh",
    "-c",
    'env | sort > "$1"; cat >> "$1"; printf "%s\\n" "$2" >> "$1"',
    "x",
    seen,
    "$(id) *",
  ]);
  await reload.reload(signal);
  const lines = readFileSync(seen, "utf8").trimEnd().split("\n");
  const names = lines.slice(0, -1).map((line) => line.split("=")[0]);
  expect(names.filter((name) => name !== "PWD" && name !== "_" && name !== "SHLVL")).toEqual([
    "HOME",
    "PATH",
  ]);
  expect(lines.at(-1)).toBe("$(id) *");
});

it("a program that takes too long is killed with everything that it started", async () => {
  const folder = tempFolder();
  const script = 'sleep 60 & echo $! > "$1/pid"; wait';
  const reload = await connect(["/bin/sh", "-c", script, "x", folder], { timeout: "500ms" });
  await expect(reload.reload(signal)).rejects.toMatchObject({
    code: "reload-failed",
    kind: "outcome-unknown",
  });
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

it("a program is killed when the call is cancelled", async () => {
  const abort = new AbortController();
  const reload = await connect(["/bin/sh", "-c", "sleep 60"]);
  const call = reload.reload(abort.signal);
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: "aborted", kind: "outcome-unknown" });
});

it("a program that is not there is rejected with what to do", async () => {
  const reload = await connect(["/no/such/program"]);
  await expect(reload.reload(signal)).rejects.toMatchObject({ code: "reload-failed", kind: "rejected" });
});

it("arguments are kept apart in the id", async () => {
  const ids = await Promise.all([connect(["a", "b c"]), connect(["a", "b", "c"])]);
  expect(ids.map(({ id }) => id)).toEqual(['exec:a "b c"', "exec:a b c"]);
});

/** A zombie that nobody collects does not run. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") === false;
  } catch {
    return false;
  }
}
