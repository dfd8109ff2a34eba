/** What the unit forbids and each drop-in allows, tried by a program that stands in the daemon's place under a real systemd. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { bootMachine, type Ended, type Machine } from "./systemd/machine.ts";
import { probeSystemd } from "./systemd/probe-systemd.ts";

const engine = await requireEngine("systemd-nspawn", probeSystemd);
const SYSTEMD = join(import.meta.dirname, "../../systemd");

const CONNECT = `socket(my $s, 1, 1, 0) or die $!; connect($s, pack("Sa*", 1, "/run/docker.sock\\0")) or die $!`;
const CHOWN = `open(my $f, ">", "/srv/sam/new") or die $!; chown($<, (getpwnam "sam")[3], $f) or die $!`;
const SIGNAL = `opendir(my $d, "/proc") or die $!; kill(HUP => $ENV{SAM}) == 1 or die $!`;
const EXEC = `exec("/usr/bin/true") or die $!`;

describeEngine(engine, "in the daemon's place, a program", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine();
    await prepare(machine);
  }, 300_000);
  afterAll(() => machine.close(), 60_000);

  describe.each([
    { deed: "connects to the engine's socket", perl: CONNECT, dropIn: "docker", more: "" },
    {
      deed: "writes into another's folder and gives the file away",
      perl: CHOWN,
      dropIn: "files",
      more: "ReadWritePaths=/srv/sam",
    },
    { deed: "sends a signal to another's process", perl: SIGNAL, dropIn: "signals", more: "" },
    { deed: "runs another program", perl: EXEC, dropIn: "exec", more: "" },
  ])("$deed", ({ perl, dropIn, more }) => {
    it("not without a drop-in", async () => {
      expect(await attempt(machine, [], perl, more)).toMatchObject({ code: 1 });
    });

    it(`with the drop-in ${dropIn}`, async () => {
      expect(await attempt(machine, [dropIn], perl, more)).toMatchObject({ code: 0 });
    });
  });

  it.each([
    ["reads its credential", 'open(my $f, "<", "$ENV{CREDENTIALS_DIRECTORY}/seal.key") or die $!', 0],
    ["reads the credential's file", 'open(my $f, "<", "/etc/keyturn/credentials/seal.key") or die $!', 1],
    ["writes to its state", 'open(my $f, ">", "/var/lib/keyturn/new") or die $!', 0],
    ["writes to its configuration", 'open(my $f, ">", "/etc/keyturn/new") or die $!', 1],
    ["sees a home", 'open(my $f, "<", "/home/note") or die $!', 1],
  ])("%s: %s ends with %i", async (_, perl, code) => {
    expect(await attempt(machine, [], perl)).toMatchObject({ code });
  });

  it("share-sockets gives away only what is a socket of keyturn's", async () => {
    await machine.ok("install", "-d", "-o", "keyturn", "/tmp/run");
    await machine.ok("ln", "-s", "/etc/shadow", "/tmp/run/operator.sock");
    const ofRoot = 'socket(my $s, 1, 1, 0); bind($s, pack("Sa*", 1, "/tmp/run/viewer.sock\\0")) or die $!';
    await machine.ok("perl", "-e", ofRoot);
    const look = () => machine.ok("stat", "--format=%a %U %G", "/etc/shadow", "/tmp/run/viewer.sock");
    const before = await look();
    await machine.ok("perl", "/usr/local/lib/keyturn/systemd/share-sockets", "/tmp/run");
    expect(await look()).toBe(before);
  });

  it("is gone with its machine", async () => {
    await machine.close();
    expect(existsSync(`/proc/${machine.leader}`)).toBe(false);
  });
});

/** What install.sh would do, without a program. */
async function prepare(machine: Machine): Promise<void> {
  const inside = (path: string) => join(machine.root, path);
  mkdirSync(inside("usr/local/lib/keyturn"), { recursive: true });
  cpSync(SYSTEMD, inside("usr/local/lib/keyturn/systemd"), { recursive: true });
  mkdirSync(inside("etc/keyturn/credentials"), { recursive: true, mode: 0o700 });
  writeFileSync(inside("etc/keyturn/keyturn.yaml"), "");
  writeFileSync(inside("etc/keyturn/credentials/seal.key"), "sealed", { mode: 0o600 });
  writeFileSync(inside("home/note"), "");
  await machine.ok("systemd-sysusers", "/usr/local/lib/keyturn/systemd/sysusers.conf");
  await machine.ok("groupadd", "--system", "docker");
  await machine.ok("useradd", "--system", "sam");
  await machine.ok("install", "-d", "-o", "sam", "-m", "0700", "/srv/sam");
  const listening =
    'use Socket; socket(S, 1, 1, 0); bind(S, pack_sockaddr_un("/run/docker.sock")) or die $!; listen(S, 9); ' +
    'chown(0, (getgrnam "docker")[2], "/run/docker.sock"); chmod(0660, "/run/docker.sock"); sleep 1000';
  await machine.ok("systemd-run", "--unit=engine", "perl", "-e", listening);
  const waiting = "trap : HUP; while :; do sleep 1; done";
  await machine.ok("systemd-run", "--unit=sam", "--uid=sam", "sh", "-c", waiting);
}

/** Ends with the exit code of the perl program, run by the unit with these drop-ins. */
async function attempt(
  machine: Machine,
  dropIns: readonly string[],
  perl: string,
  more = "",
): Promise<Ended> {
  const sam = await machine.property("sam.service", "MainPID");
  expect(Number(sam)).toBeGreaterThan(1);
  const units = join(machine.root, "etc/systemd/system");
  const program = join(machine.root, "usr/local/lib/keyturn/attempt");
  writeFileSync(program, `${perl};\n`);
  rmSync(join(units, "attempt.service.d"), { recursive: true, force: true });
  mkdirSync(join(units, "attempt.service.d"));
  writeFileSync(join(units, "attempt.service"), readFileSync(join(SYSTEMD, "keyturn.service")));
  for (const name of dropIns)
    cpSync(join(SYSTEMD, "drop-ins", `${name}.conf`), join(units, "attempt.service.d", `${name}.conf`));
  const lines = [
    "Type=oneshot",
    "Restart=no",
    "WatchdogSec=0",
    `Environment=SAM=${sam}`,
    more,
    "ExecStartPost=",
  ];
  const start = ["ExecStart=", "ExecStart=/usr/bin/perl /usr/local/lib/keyturn/attempt"];
  writeFileSync(join(units, "attempt.service.d/zz.conf"), ["[Service]", ...lines, ...start].join("\n"));
  await machine.ok("systemctl", "daemon-reload");
  const { code, stderr } = await machine.run("systemctl", "start", "attempt.service");
  const stdout = await machine.ok("journalctl", "--unit=attempt", "--lines=5", "--output=cat");
  await machine.run("systemctl", "reset-failed", "attempt.service");
  return { code, stdout, stderr };
}
