/**
 * A booted systemd, in namespaces of its own with nothing but a loopback interface, on a copy of the Debian tree. It is
 * not registered anywhere, so no service of this machine is needed to start it or to work in it.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { debianTree } from "./debian-tree.ts";

const run = promisify(execFile);

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine {
  /** Its tree as seen from here; what it has on file systems of its own (/run, /tmp) is not there. */
  readonly root: string;
  /** Process 1 of it, as it is numbered here. */
  readonly leader: number;
  /** Runs a command in it as root. */
  run(...argv: readonly string[]): Promise<Ended>;
  /** The same; throws unless the exit code is 0. Gives the output, trimmed. */
  ok(...argv: readonly string[]): Promise<string>;
  /** The value of one of a unit's properties. */
  property(unit: string, name: string): Promise<string>;
  /** The first line that the journal has of a unit, now or later, for which `accepts` is true. */
  logged(unit: string, accepts: (line: JournalLine) => boolean, signal?: AbortSignal): Promise<JournalLine>;
  close(): Promise<void>;
}

/** systemd.journal-fields(7). */
export interface JournalLine {
  readonly MESSAGE: string;
  readonly PRIORITY: string;
  readonly _PID: string;
}

export async function bootMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-machine-"));
  const root = join(folder, "root");
  await run("cp", ["-a", "--reflink=auto", await debianTree(), root]);
  await writeFile(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
  // Gone with this process, also when that is killed.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "systemd-nspawn", ...BOOT, `--directory=${root}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const leader = await booted(child);
    return machineOf(folder, root, leader, child);
  } catch (thrown) {
    await end(child, folder);
    throw thrown;
  }
}

const BOOT_TRIES = 300;
const BOOT = [
  "--boot",
  "--register=no",
  "--keep-unit",
  "--private-network",
  "--console=pipe",
  "--link-journal=no",
  "--settings=no",
];

/** Gives the number of the machine's process 1 once systemd has started everything. */
async function booted(child: ChildProcess): Promise<number> {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => (said = `${said}${bytes.toString()}`.slice(-2000)));
  }
  const pid = child.pid ?? 0;
  for (let n = 0; n < BOOT_TRIES && child.exitCode === null; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const leader = await leaderOf(pid);
    if (leader === 0) continue;
    const { stdout } = await enter(leader, ["systemctl", "is-system-running", "--wait"]);
    // "degraded" is up, too: a unit that has no use in a container failed.
    if (["running", "degraded"].includes(stdout.trim())) return leader;
  }
  throw new Error(`systemd did not come up:\n${said}`);
}

/** Runs a command in the machine. */
function enter(leader: number, argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(
      "nsenter",
      [...into(leader), ...argv],
      { env: ENVIRONMENT, maxBuffer },
      (failed, stdout, stderr) => {
        if (failed === null) resolve({ code: 0, stdout, stderr });
        else if (typeof failed.code === "number") resolve({ code: failed.code, stdout, stderr });
        else reject(new Error(`${argv.join(" ")} was ended`, { cause: failed }));
      },
    );
  });
}

const maxBuffer = 64 * 1024 * 1024;

function into(leader: number): readonly string[] {
  return [
    "--target",
    String(leader),
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--root",
    "env",
    "--chdir=/",
  ];
}

function machineOf(folder: string, root: string, leader: number, child: ChildProcess): Machine {
  async function ok(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await enter(leader, argv);
    if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  return {
    root,
    leader,
    run: (...argv) => enter(leader, argv),
    ok,
    property: (unit, name) => ok("systemctl", "show", "--value", `--property=${name}`, unit),
    async logged(unit, accepts, signal) {
      const follow = ["journalctl", "--follow", "--lines=all", "--output=json", `--unit=${unit}`];
      const reader = spawn("nsenter", [...into(leader), ...follow], {
        env: ENVIRONMENT,
        stdio: ["ignore", "pipe", "ignore"],
        ...(signal === undefined ? {} : { signal }),
      });
      reader.on("error", () => undefined);
      try {
        for await (const text of createInterface({ input: reader.stdout })) {
          const line = JSON.parse(text) as JournalLine;
          if (accepts(line)) return line;
        }
        throw new Error(`the journal of ${unit} ended without that line`);
      } finally {
        reader.kill("SIGKILL");
      }
    },
    close: () => end(child, folder),
  };
}

const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };

/** Process 1 of the machine of systemd-nspawn `pid`; 0 when there is none. */
async function leaderOf(pid: number): Promise<number> {
  return Number(await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => ""));
}

/** With process 1 of the machine the kernel ends all the others, and then systemd-nspawn ends. It does not go the other way. */
async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const leader = await leaderOf(child.pid ?? 0);
    if (leader === 0) child.kill("SIGKILL");
    else process.kill(leader, "SIGKILL");
    await once(child, "exit");
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
