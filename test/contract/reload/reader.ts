/** A process that counts its SIGHUPs and tells how many there were. Signals come before what is asked after them. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const SOURCE = `
  let count = 0;
  process.on("SIGHUP", () => { count += 1; });
  process.on("message", () => setTimeout(() => process.send(count), 5));
  process.send("ready");
`;

export interface Reader {
  readonly pid: number;
  count(): Promise<number>;
  stop(): Promise<void>;
}

export async function startReader(): Promise<Reader> {
  const child = spawn(process.execPath, ["--eval", SOURCE], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  return { pid: child.pid ?? 0, count: () => ask(child), stop: () => stop(child) };
}

async function ask(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return 0;
  const answer = once(child, "message");
  child.send("count");
  const [count] = (await answer) as [number];
  return count;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
