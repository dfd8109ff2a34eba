/**
 * A dockerd of our own. It lives in network, mount and process namespaces of its own, so several can run at once, no
 * bridge or firewall rule of the machine is touched, and killing its first process takes everything with it.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Daemon {
  readonly folder: string;
  /** Path of the engine's socket. */
  readonly socket: string;
  /** A process in the engine's network namespace, where its containers on the network `host` are. */
  readonly pid: number;
  /** Runs the docker CLI against this engine and returns its output, trimmed. `input` goes to its standard input. */
  docker: DockerCli;
  close(): Promise<void>;
}

/** `more` is added to the command's environment. */
export type DockerCli = (
  args: readonly string[],
  input?: Buffer,
  more?: Readonly<Record<string, string>>,
) => Promise<string>;

export async function startDaemon(): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-docker-"));
  await writeFile(join(folder, "daemon.json"), "{}");
  const child = spawn("setpriv", [...DIES_WITH_US, "unshare", ...NAMESPACES, "sh", "-c", START, folder], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const socket = join(folder, "docker.sock");
  try {
    await listening(child);
  } catch (thrown) {
    await end(child, folder);
    throw thrown;
  }
  return {
    folder,
    socket,
    pid: child.pid ?? 0,
    docker: (...order) => runDocker(socket, ...order),
    close: () => end(child, folder),
  };
}

/** So that a test run that is killed leaves no engine behind. */
const DIES_WITH_US = ["--pdeathsig", "KILL"];
const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** The overlay driver is preferred; dockerd falls back by itself where the file system cannot carry it. */
const START = `ip link set lo up && exec dockerd --config-file "$0/daemon.json" --data-root "$0/data" --exec-root "$0/exec" \
--pidfile "$0/dockerd.pid" --host "unix://$0/docker.sock" --bridge none --iptables=false --ip6tables=false \
--ip-forward=false --ip-masq=false --shutdown-timeout 1`;

async function listening(child: ChildProcess): Promise<void> {
  const tail: string[] = [];
  const lines = createInterface({ input: child.stderr! });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      tail.push(line);
      if (tail.length > 15) tail.shift();
      if (line.includes("API listen on")) resolve();
    });
    child.once("exit", () => reject(new Error(`dockerd ended before it listened:\n${tail.join("\n")}`)));
    child.once("error", reject);
  });
}

/** Killing `unshare` kills the first process of the namespace, and the kernel all the others and their mounts. */
async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function runDocker(socket: string, ...[args, input, more]: Parameters<DockerCli>): Promise<string> {
  const ours = { PATH: process.env["PATH"], DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: "/nonexistent" };
  const env = { ...more, ...ours };
  return new Promise((resolve, reject) => {
    const child = execFile(
      "docker",
      [...args],
      { env, maxBuffer: 16 * 1024 * 1024 },
      (failed, stdout, stderr) => {
        if (failed)
          reject(new Error(`docker ${args[0] ?? ""} ${args[1] ?? ""}: ${stderr.trim() || stdout.trim()}`));
        else resolve(stdout.trim());
      },
    );
    // A command that reads nothing may be gone already; how it ended says enough.
    child.stdin?.on("error", () => undefined).end(input ?? "");
  });
}
