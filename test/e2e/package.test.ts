/** The tarball, installed into an empty folder as a user would, runs. Needs npm's cache or a registry. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedCopy } from "../packed-copy.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
let folder: string;
let installed: string;
const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { version: string };

function pack(): string {
  const copy = packedCopy(folder);
  execFileSync("npm", ["run", "--silent", "package"], { cwd: copy, stdio: ["ignore", 2, "inherit"] });
  return join(copy, `keyturn-${version}.tgz`);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyturn-package-"));
  const tarball = pack();
  const app = join(folder, "app");
  mkdirSync(app);
  execFileSync(
    "npm",
    ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball],
    {
      cwd: app,
      stdio: ["ignore", 2, "inherit"],
    },
  );
  installed = join(app, "node_modules/keyturn");
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the package", () => {
  it("holds the compiled program and neither sources nor tests", () => {
    const names = readdirSync(installed);
    expect(names).toEqual(expect.arrayContaining(["bin", "dist", "LICENSE", "package.json"]));
    for (const name of ["src", "test", "bench", "tsconfig.json"]) expect(names).not.toContain(name);
  });

  it.each(["keyturn", "rotate"])("installs an executable %s", (bin) => {
    const { status } = spawnSync("test", ["-x", join(installed, "../.bin", bin)]);
    expect(status).toBe(0);
  });

  it("prints its version, from any folder", () => {
    const keyturn = join(installed, "../.bin/keyturn");
    const { status, stdout, stderr } = spawnSync(keyturn, ["--version"], { cwd: "/", encoding: "utf8" });
    expect({ status, stdout: stdout.trim(), stderr }).toEqual({ status: 0, stdout: version, stderr: "" });
  });
});
