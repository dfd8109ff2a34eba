/** What the unit and its drop-ins leave open, by systemd's own count, and the launcher in front of the daemon. */
import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { tempFolder } from "../temp-folder.ts";
import { describeEngine, requireEngine } from "./require-engine.ts";

const run = promisify(execFile);
const SYSTEMD = join(import.meta.dirname, "../../systemd");

const analyze = await requireEngine("systemd-analyze", async () => {
  await run("systemd-analyze", ["--version"]);
});
const perl = await requireEngine("perl", async () => {
  await run("perl", ["-MSocket", "-e", "1"]);
});

/** Tenths, as --threshold takes them: the bars of the base and of docker, and for the others what was measured. */
const BARS = [
  { dropIns: [], tenths: 11 },
  { dropIns: ["docker"], tenths: 13 },
  { dropIns: ["exec"], tenths: 11 },
  { dropIns: ["signals"], tenths: 16 },
  { dropIns: ["files"], tenths: 18 },
  { dropIns: ["docker", "files", "signals", "exec"], tenths: 21 },
];

describeEngine(analyze, "the unit's exposure", () => {
  it.each(BARS)("with $dropIns is at most $tenths", async ({ dropIns, tenths }) => {
    expect(await verdict(unitWith(dropIns), tenths)).toMatch(/^accepted/);
  });

  it.each(["NoNewPrivileges", "SystemCallFilter", "CapabilityBoundingSet", "ProtectSystem"])(
    "is over the bar without %s",
    async (directive) => {
      const unit = unitWith([]);
      const text = readFileSync(unit, "utf8");
      writeFileSync(unit, text.replaceAll(new RegExp(`^${directive}=.*$`, "gm"), ""));
      expect(await verdict(unit, 11)).toMatch(/^refused/);
    },
  );
});

describeEngine(perl, "with-notify-socket", () => {
  const launcher = join(SYSTEMD, "with-notify-socket");
  const launch = (env: Record<string, string>, ...argv: readonly string[]) =>
    spawnSync("perl", [launcher, ...argv], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      encoding: "utf8",
    });
  const tell = ["/bin/sh", "-c", 'echo "$$ ${KEYTURN_NOTIFY_FD-none} ${NOTIFY_SOCKET-none}"'];

  it("only becomes the program where nobody listens", () => {
    const { stdout, pid } = launch({ KEYTURN_NOTIFY_FD: "1" }, ...tell);
    expect(stdout).toBe(`${pid} none none\n`);
  });

  it.each([
    ["a path", (folder: string) => `${folder}/notify`],
    ["an abstract address", (folder: string) => `@keyturn-test-${folder.slice(-6)}`],
  ])("hands a descriptor on, connected to %s, and keeps the process", (_, addressIn) => {
    const listened = spawnSync(
      "perl",
      ["-e", LISTEN, addressIn(tempFolder()), "perl", launcher, "/bin/sh", "-c", SPEAK],
      { encoding: "utf8" },
    );
    expect(listened.stderr).toBe("");
    const [heard, from, started] = listened.stdout.trim().split(" ");
    expect(heard).toBe("READY=1");
    expect(from).toBe(started);
  });

  it("says so when the service manager cannot be reached", () => {
    const { status, stderr } = launch({ NOTIFY_SOCKET: "/nonexistent/notify" }, ...tell);
    expect(status).not.toBe(0);
    expect(stderr).toBe("keyturn: cannot reach the service manager: No such file or directory\n");
  });

  it("says so when there is no such program", () => {
    const { status, stderr } = launch({}, "/nonexistent/program");
    expect(status).not.toBe(0);
    expect(stderr).toBe("keyturn: cannot run /nonexistent/program: No such file or directory\n");
  });
});

const SPEAK = 'echo "READY=1 $$" >&$KEYTURN_NOTIFY_FD';

/** Listens as systemd does, starts the program, and prints what it was told and the number of what it started. */
const LISTEN = `use Socket; my $address = shift; my $path = $address =~ s/^@/\\0/r;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($path)) or die $!;
my $pid = fork; if (!$pid) { $ENV{NOTIFY_SOCKET} = $address; exec @ARGV }
alarm 10; recv($socket, my $heard, 100, 0); chomp $heard; waitpid $pid, 0; print "$heard $pid"`;

function unitWith(dropIns: readonly string[]): string {
  const folder = tempFolder();
  const unit = join(folder, "keyturn.service");
  cpSync(join(SYSTEMD, "keyturn.service"), unit);
  mkdirSync(`${unit}.d`);
  for (const name of dropIns)
    cpSync(join(SYSTEMD, "drop-ins", `${name}.conf`), join(`${unit}.d`, `${name}.conf`));
  return unit;
}

async function verdict(unit: string, tenths: number): Promise<string> {
  const args = ["security", "--offline=true", `--threshold=${tenths}`, "--no-pager", unit];
  try {
    const { stdout } = await run("systemd-analyze", args);
    return `accepted: ${lastLine(stdout)}`;
  } catch (thrown) {
    return `refused: ${lastLine((thrown as { stdout: string }).stdout)}`;
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
