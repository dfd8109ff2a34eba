import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inspectClock } from "../../../../src/connections/process/inspect-clock.ts";
import { tempFolder } from "../../../temp-folder.ts";

const signal = new AbortController().signal;
const TRACKING = "A29FC87B,162.159.200.123,4,1700000000.0,0,0,0,0,0,0,0,0,64.0";

async function resultWith(programs: Readonly<Record<string, string>>): Promise<string | undefined> {
  const folder = tempFolder();
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const [finding] = await inspectClock({ env: { PATH: `${folder}:/usr/bin:/bin` } }, signal);
  if (finding?.result !== "proved") expect(finding?.hint).toMatch(/\w/);
  return finding?.result;
}

it.each([
  ["systemd says yes", { timedatectl: "echo yes" }, "proved"],
  ["systemd says no", { timedatectl: "echo no", chronyc: `echo ${TRACKING},Normal` }, "failed"],
  [
    "systemd does not answer, chrony is in step",
    { timedatectl: "exit 1", chronyc: `echo ${TRACKING},Normal` },
    "proved",
  ],
  [
    "chrony is not in step",
    { timedatectl: "exit 1", chronyc: `echo '${TRACKING},Not synchronised'` },
    "failed",
  ],
  ["nobody answers", { timedatectl: "exit 1", chronyc: "exit 1" }, "not-checkable"],
  ["nonsense", { timedatectl: "echo perhaps", chronyc: "echo 506 Cannot talk to daemon" }, "not-checkable"],
])("%s", async (_what, programs, result) => {
  expect(await resultWith(programs)).toBe(result);
});
