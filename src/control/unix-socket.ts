/** Binds a socket for one role: who may use it is a matter of its mode and group, and of the folder that it is in. */
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { RotationError } from "../domain/errors.ts";

/** sockaddr_un.sun_path of Linux, with its terminating NUL; Node cuts a longer one off without a word. */
const MOST_PATH_BYTES = 107;
const MODE = 0o660;
/** While it has no mode of its own yet, nobody else may connect. */
const UMASK = 0o177;

/** Throws `lease-held` when somebody listens there already. */
export async function bindSocket(server: Server, path: string, group: string | null): Promise<void> {
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw refused(
      `${path} is too long for a socket (${MOST_PATH_BYTES} bytes is the most)`,
      "Set a shorter path under `control:`.",
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await clearStale(path);
  await listen(server, path);
  if (group !== null) chownSync(path, -1, groupId(group));
  chmodSync(path, MODE);
}

/** What a daemon that was killed left behind is taken away; what something else put there is not. */
async function clearStale(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket())
    throw refused(`${path} is there and is no socket`, "Move it away, or set another path under `control:`.");
  if (await isAnswered(path)) {
    throw new RotationError("lease-held", {
      kind: "rejected",
      message: `another daemon listens on ${path}`,
      hint: "Stop it first; two daemons have no use of one state folder.",
    });
  }
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (answered: boolean) => (): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", answer(true));
    socket.once("error", answer(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const before = process.umask(UMASK);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    process.umask(before);
  });
}

/** A number, or a name in /etc/group. */
function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${group}:`));
  const id = Number(line?.split(":")[2]);
  if (Number.isSafeInteger(id) && line !== undefined) return id;
  throw refused(`there is no group ${group}`, "Name a group of /etc/group, or give its number.");
}

function refused(message: string, hint: string): RotationError {
  return new RotationError("config-invalid", { kind: "rejected", message, hint });
}
