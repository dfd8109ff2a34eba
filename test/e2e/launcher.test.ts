/** `bin/keyturn` in copies of the package whose Node.js is a script that says who it is and what it was given. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../bin");
const BUNDLED = `node-linux-${process.arch}/bin/node`;

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyturn-launcher-"));
  root = install(join(folder, "clone"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A package with launchers and a main, and no Node.js yet. */
function install(at: string, main = "src/main.ts"): string {
  cpSync(BIN, join(at, "bin"), { recursive: true });
  write(join(at, main), "");
  return at;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A Node.js that answers `-v`, and else prints its name and its arguments, one a line. */
function fakeNode(file: string, name: string, version = "v24.21.0"): void {
  write(file, `#!/bin/sh\n[ "$1" = -v ] && echo ${version} && exit\nprintf '%s\\n' "${name}" "$@"\n`);
  chmodSync(file, 0o755);
}

/** Runs a launcher with only `fake/` and the system's tools on the PATH. */
function launch(launcher: string, args: readonly string[] = []) {
  const path = `${join(folder, "fake")}:${join(folder, "tools")}`;
  mkdirSync(join(folder, "tools"), { recursive: true });
  for (const tool of ["readlink", "sh"]) {
    const link = join(folder, "tools", tool);
    rmSync(link, { force: true });
    symlinkSync(`/bin/${tool}`, link);
  }
  const { pid, status, stdout, stderr } = spawnSync(launcher, args, {
    env: { PATH: path },
    encoding: "utf8",
  });
  return { pid, status, lines: stdout.trimEnd().split("\n"), stderr };
}

const FLAGS = ["--disable-sigusr1", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=16"];

describe("bin/keyturn", () => {
  it("prefers the Node.js that the package brought to the PATH's", () => {
    fakeNode(join(root, "node_modules", BUNDLED), "bundled");
    fakeNode(join(folder, "fake/node"), "path");
    const { status, lines } = launch(join(root, "bin/keyturn"), ["status", "a b", ""]);
    expect(status).toBe(0);
    expect(lines).toEqual(["bundled", ...FLAGS, join(root, "src/main.ts"), "status", "a b"]);
  });

  it("finds the Node.js that npm put beside the installed package, and runs dist", () => {
    const installed = install(join(folder, "app/node_modules/keyturn"), "dist/main.js");
    fakeNode(join(folder, "app/node_modules", BUNDLED), "beside");
    const { lines } = launch(join(installed, "bin/keyturn"));
    expect(lines).toEqual(["beside", ...FLAGS, join(installed, "dist/main.js")]);
  });

  it("trusts no Node.js beside a clone", () => {
    fakeNode(join(folder, BUNDLED), "stranger");
    fakeNode(join(folder, "fake/node"), "path");
    expect(launch(join(root, "bin/keyturn")).lines[0]).toBe("path");
  });

  it("falls back to the PATH's when the bundled one cannot be run", () => {
    write(join(root, "node_modules", BUNDLED), "not executable");
    fakeNode(join(folder, "fake/node"), "path", "v25.0.0");
    expect(launch(join(root, "bin/keyturn")).lines[0]).toBe("path");
  });

  it("follows relative and absolute symlinks to the package", () => {
    fakeNode(join(root, "node_modules", BUNDLED), "bundled");
    mkdirSync(join(folder, "links"));
    symlinkSync("../clone/bin/keyturn", join(folder, "links/relative"));
    symlinkSync(join(folder, "links/relative"), join(folder, "links/absolute"));
    expect(launch(join(folder, "links/absolute")).lines).toContain(join(root, "src/main.ts"));
  });

  it("works from a path with spaces", () => {
    const spaced = install(join(folder, "a b"));
    fakeNode(join(spaced, "node_modules", BUNDLED), "bundled");
    expect(launch(join(spaced, "bin/keyturn")).lines).toContain(join(spaced, "src/main.ts"));
  });

  it("says which version it found and what to do when that is too old", () => {
    fakeNode(join(folder, "fake/node"), "path", "v20.20.2");
    const { status, stderr } = launch(join(root, "bin/keyturn"));
    expect(status).toBe(2);
    expect(stderr).toContain(`needs Node.js 24 or newer, and found v20.20.2 at ${join(folder, "fake/node")}`);
    expect(stderr).toContain("npm ci");
  });

  it("says so when there is no Node.js, or one that does not start", () => {
    expect(launch(join(root, "bin/keyturn"))).toMatchObject({ status: 2 });
    write(join(folder, "fake/node"), "#!/bin/sh\nexit 1\n");
    chmodSync(join(folder, "fake/node"), 0o755);
    const { status, stderr } = launch(join(root, "bin/keyturn"));
    expect(status).toBe(2);
    expect(stderr).toContain("found none on the PATH");
  });

  it("becomes Node.js, so that its signals and its exit code are keyturn's", () => {
    write(join(root, "node_modules", BUNDLED), "#!/bin/sh\necho $$\nexit 4\n");
    chmodSync(join(root, "node_modules", BUNDLED), 0o755);
    const { status, lines, pid } = launch(join(root, "bin/keyturn"));
    expect({ status, lines }).toEqual({ status: 4, lines: [String(pid)] });
  });
});

describe("bin/rotate", () => {
  it("is keyturn rotate, through symlinks too", () => {
    fakeNode(join(root, "node_modules", BUNDLED), "bundled");
    symlinkSync("clone/bin/rotate", join(folder, "rotate"));
    const { lines } = launch(join(folder, "rotate"), ["--now", "azure_secret"]);
    expect(lines).toEqual([
      "bundled",
      ...FLAGS,
      join(root, "src/main.ts"),
      "rotate",
      "--now",
      "azure_secret",
    ]);
  });
});
