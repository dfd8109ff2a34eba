/** `npm start` as a newcomer meets it: the real program, keyturn included, in processes of their own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../src/sandbox/main.ts");
/** Every secret of the stand-in has this in it. */
const SECRET_FORM = "8Q~";
/** Then it is asked to stop, and has time to clean up before the test is over. */
const LONGEST_MS = 150_000;

interface Played {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
  /** What is left of it. */
  readonly folders: readonly string[];
  readonly processes: readonly string[];
}

/** `onLine` may act on what is told. */
async function play(
  args: readonly string[],
  onLine?: (line: string, child: ChildProcess) => void,
): Promise<Played> {
  // By hand: what vitest offers for cleaning up goes by the test that began last, and these run at once.
  const folder = mkdtempSync(join(tmpdir(), "sandbox-test-"));
  try {
    return await playIn(folder, args, onLine ?? (() => {}));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playIn(
  folder: string,
  args: readonly string[],
  onLine: (line: string, child: ChildProcess) => void,
): Promise<Played> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LONGEST_MS,
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    onLine(line, child);
  });
  const [, stderr] = await Promise.all([once(child, "close"), text(child.stderr)]);
  // Node's compile cache also lies in the temp folder.
  const folders = readdirSync(folder).filter((name) => name.startsWith("keyturn"));
  return { exitCode: child.exitCode, lines, stderr, folders, processes: processesThatName(folder) };
}

/** The application and keyturn carry paths of the sandbox's folder among their arguments. */
function processesThatName(folder: string): readonly string[] {
  const commands = readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [readFileSync(join("/proc", name, "cmdline"), "utf8").replaceAll("\0", " ")];
    } catch {
      return [];
    }
  });
  return commands.filter((command) => command.includes(folder));
}

function expectNothingLeft({ folders, processes, lines, stderr }: Played): void {
  expect({ folders, processes }).toEqual({ folders: [], processes: [] });
  expect(`${lines.join("\n")}${stderr}`).not.toContain(SECRET_FORM);
}

/** The words after a summary's row's name. */
function row({ lines }: Played, name: string): string | undefined {
  const at = lines.indexOf("Summary");
  return lines
    .slice(at < 0 ? lines.length : at)
    .find((line) => line.startsWith(`  ${name} `))
    ?.slice(name.length + 2)
    .trim();
}

describe.concurrent("the sandbox", () => {
  it.each([
    {
      args: ["--once"],
      result: "v2 is in use",
      steps: ["create", "verify", "deliver", "activate", "confirm", "retire"],
    },
    {
      args: ["--once", "--fail", "verify"],
      result: "undone: v1 is in use as before",
      steps: ["create", "verify failed", "undo create"],
    },
    {
      args: ["--once", "--fail", "confirm"],
      result: "undone: v1 is in use as before",
      steps: ["activate", "confirm failed", "undo activate", "undo deliver", "undo create"],
    },
    { args: ["--once", "--fail", "crash"], result: "v2 is in use", steps: ["create", "confirm", "retire"] },
  ])("ends $args as it should, with no failed sign-in and nothing left", async ({ args, result, steps }) => {
    const played = await play(args);
    expect(played.lines.at(-1), played.lines.join("\n") + played.stderr).toBe(
      "  Everything ended as it should.",
    );
    expect(played.exitCode).toBe(0);
    expect(row(played, "result")).toBe(result);
    expect(row(played, "sign-ins")).toMatch(/^tried [1-9]\d+, failed 0 /);
    expect(row(played, "visits")).toMatch(/^tried [1-9]\d+, failed 0 /);
    expect(row(played, "at Entra")).toMatch(/^1 of keyturn's alive, 1 made by hand/);
    for (const step of steps) expect(row(played, "steps")).toMatch(new RegExp(`(^|, )${step} \\d`));
    expectNothingLeft(played);
  });

  it("locks the application down: it signs in no more, and nobody reaches its page", async () => {
    const played = await play(["--once", "--lockdown"]);
    expect(played.lines.at(-1), played.lines.join("\n") + played.stderr).toBe(
      "  Everything ended as it should.",
    );
    expect(played.exitCode).toBe(0);
    expect(row(played, "result")).toBe("v2 is in use");
    expect(row(played, "sign-ins")).toMatch(/^tried [1-9]\d+, failed 0 /);
    expect(row(played, "at Entra")).toMatch(/^1 of keyturn's alive, 1 made by hand/);
    for (const step of ["create", "retire"])
      expect(row(played, "steps")).toMatch(new RegExp(`(^|, )${step} \\d`));
    expectNothingLeft(played);
  });

  it("rotates until it is interrupted, then sums up and cleans up", async () => {
    let rotations = 0;
    const played = await play([], (line, child) => {
      if (line.includes(" sign-ins so far,") && (rotations += 1) === 2) child.kill("SIGINT");
    });
    expect(played.exitCode, played.lines.join("\n") + played.stderr).toBe(0);
    expect(row(played, "rotations")).toBe("2 rotated");
    expect(row(played, "visits")).toMatch(/^tried [1-9]\d+, failed 0 /);
    expect(row(played, "sign-ins")).toMatch(/^tried [1-9]\d+, failed 0 /);
    expectNothingLeft(played);
  });

  it("cleans up when it is interrupted in the middle of a rotation", async () => {
    const played = await play(["--once"], (line, child) => {
      if (/ create +ok/.test(line)) child.kill("SIGTERM");
    });
    expect(played.exitCode, played.lines.join("\n") + played.stderr).toBe(1);
    expect(played.lines.at(-1), played.lines.join("\n")).toBe("  Stopped.");
    expectNothingLeft(played);
  });

  it("says so and exits 1 when the application dies", async () => {
    let pid = 0;
    const played = await play(["--once"], (line) => {
      pid = Number(/process (\d+) signs in/.exec(line)?.[1] ?? pid);
      if (/ create +ok/.test(line)) process.kill(pid, "SIGKILL");
    });
    expect(played.exitCode, played.lines.join("\n") + played.stderr).toBe(1);
    expect(played.lines.join("\n")).toContain("the application ended by itself");
    expectNothingLeft(played);
  });

  it("writes no colour into a pipe", async () => {
    const played = await play(["--help"]);
    expect(played.exitCode).toBe(0);
    expect(played.lines.join("\n")).not.toContain("\u001b");
    expect(played.lines[0]).toContain("Usage: npm start");
  });

  it.each([
    [["--unknown"], "--unknown"],
    [["--once", "--fail", "nothing"], "--fail takes verify, confirm, crash"],
    [["--fail", "crash"], "--fail needs --once"],
    [["--lockdown"], "--lockdown goes with --once"],
    [["--seed", "x"], "--seed takes a number"],
    [["word"], "word"],
  ])("refuses %j with the usage", async (args, message) => {
    const played = await play(args);
    expect(played.exitCode).toBe(2);
    expect(played.stderr).toContain(message);
    expect(played.stderr).toContain("Usage: npm start");
    expect(played.lines).toEqual([]);
  });
});
