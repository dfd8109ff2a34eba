/** A real SMTP server (python3-aiosmtpd) that keeps what it takes over in a folder. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PYTHON = "/usr/bin/python3";

/** Throws an Error that names what is missing. */
export function probeMail(): void {
  try {
    execFileSync(PYTHON, ["-c", "import aiosmtpd"], { stdio: "ignore" });
  } catch {
    throw new Error("aiosmtpd is not there (python3-aiosmtpd)");
  }
}

export interface MailServer {
  readonly port: number;
  /** Whole messages, with their headers. */
  mails(): readonly string[];
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-mail-"));
  const port = await freePort();
  const box = join(folder, "box");
  const args = ["-m", "aiosmtpd", "-n", "-l", `127.0.0.1:${port}`, "-c", "aiosmtpd.handlers.Mailbox", box];
  const child = spawn(PYTHON, args, { stdio: "ignore" });
  while (!(await answers(port))) if (child.exitCode !== null) throw new Error("the mail server ended");
  return {
    port,
    mails: () => {
      const arrived = join(box, "new");
      if (!existsSync(arrived)) return [];
      return readdirSync(arrived).map((name) => readFileSync(join(arrived, name), "utf8"));
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "data");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
