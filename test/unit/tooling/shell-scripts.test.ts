/** Every shell script that ships or that CI runs, read by shellcheck. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describeEngine, requireEngine } from "../../engines/require-engine.ts";

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, "../../..");
const SCRIPTS = ["install.sh", "release.sh", "bin/keyturn", "bin/rotate", ".ci/run"];

const engine = await requireEngine("shellcheck", async () => {
  await run("shellcheck", ["--version"]);
});

describeEngine(engine, "shellcheck", () => {
  it.each(SCRIPTS)("has nothing to say of %s", async (script) => {
    const said = await run("shellcheck", ["--external-sources", script], { cwd: REPOSITORY }).then(
      ({ stdout }) => stdout,
      (thrown: unknown) => (thrown as { stdout: string }).stdout,
    );
    expect(said).toBe("");
  });
});
