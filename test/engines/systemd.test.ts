/** keyturn under a real systemd: installed, started, reloaded, watched, upgraded and removed as a person would do it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { SECRET, startKeyturnMachine, type KeyturnMachine } from "./systemd/keyturn-machine.ts";
import type { JournalLine } from "./systemd/machine.ts";
import { breakDaemon } from "./systemd/make-release.ts";
import { probeSystemd } from "./systemd/probe-systemd.ts";

const engine = await requireEngine("systemd-nspawn", probeSystemd);
const UNIT = "keyturn.service";

describeEngine(engine, "keyturn under systemd", () => {
  let machine: KeyturnMachine;
  beforeAll(async () => {
    machine = await startKeyturnMachine();
  }, 300_000);
  afterAll(() => machine.close(), 60_000);

  const install = (...args: readonly string[]) => machine.run(`${machine.release}/install.sh`, ...args);
  const says = (msg: string) => (line: JournalLine) => line.MESSAGE.includes(`"msg":"${msg}"`);

  describe("install.sh", () => {
    const asked = [
      "--with",
      "exec,files",
      "--credential",
      "/root/admin.secret",
      "--allow-reload",
      "sam.service",
    ];

    it("installs, enables and does not start: there is a configuration to fill in first", async () => {
      expect(await install(...asked)).toMatchObject({ code: 0 });
      expect(await machine.ok("systemctl", "is-enabled", UNIT)).toBe("enabled");
      expect(await machine.property(UNIT, "ActiveState")).toBe("inactive");
      expect((await machine.run("keyturn", "config", "check")).code).toBe(0);
      const credentials = ["", "/seal.key", "/admin.secret"].map((name) => `/etc/keyturn/credentials${name}`);
      expect(await machine.ok("stat", "--format=%a %U", ...credentials)).toBe("700 root\n600 root\n600 root");
    });

    it.each([
      ["--with", "everything"],
      ["--allow-reload", "*.service"],
      ["--allow-reload", "sam"],
      ["--allow-reload"],
      ["--remove"],
    ])("refuses %s %s", async (...args) => {
      expect(await install(...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("--help") as string,
      });
    });

    it("changes nothing when it is run again", async () => {
      const look = () =>
        machine.ok(
          "sh",
          "-c",
          "find /etc/keyturn /etc/polkit-1 /usr/local -path '*/node_modules' -prune -o -type f -print | sort | xargs sha256sum",
        );
      const before = await look();
      expect(await install(...asked)).toMatchObject({ code: 0 });
      expect(await look()).toBe(before);
    });
  });

  it("starts after root has worked in its folders, and is ready", async () => {
    machine.configure("2s");
    await machine.ok("keyturn", "rotate", "--now", SECRET);
    await machine.ok("systemctl", "start", UNIT);
    expect(await machine.property(UNIT, "ActiveState")).toBe("active");
    expect(await machine.ok("find", "/var/lib/keyturn", "!", "-user", "keyturn")).toBe("");
    const sockets = ["/run/keyturn/operator.sock", "/run/keyturn/viewer.sock"];
    expect(await machine.ok("stat", "--format=%a %U %G", ...sockets)).toBe(
      "660 keyturn keyturn-operators\n660 keyturn keyturn-viewers",
    );
  });

  it("rotates what is due into a file of another user, whose service it reloads", async () => {
    const first = await machine.heldBySam();
    await machine.logged(UNIT, says("pivoted"));
    const held = await machine.heldBySam();
    expect(held).not.toBe(first);
    expect(machine.entra.credentialsOf(machine.app.appId).map(({ secretText }) => secretText)).toContain(
      held,
    );
    expect(await machine.ok("stat", "--dereference", "--format=%a %U", "/srv/sam/azure_secret")).toBe(
      "400 sam",
    );
  });

  it("may reload the named unit, and may do nothing else to it, nor anything to another", async () => {
    const systemctl = (verb: string, unit: string) =>
      machine.run(
        ...["setpriv", "--reuid=keyturn", "--regid=keyturn", "--init-groups"],
        ...["systemctl", "--no-ask-password", verb, unit],
      );
    await machine.ok("systemctl", "start", "other.service");
    expect(await systemctl("reload", "sam.service")).toMatchObject({ code: 0 });
    for (const [verb, unit] of [
      ["restart", "sam.service"],
      ["stop", "sam.service"],
      ["reload", "other.service"],
    ] as const) {
      expect(await systemctl(verb, unit)).toMatchObject({
        code: expect.toSatisfy((code) => code !== 0) as number,
        stderr: expect.stringMatching(/authentication required|access denied/i) as string,
      });
    }
  });

  it("reads its configuration again in the same process", async () => {
    const pid = await machine.property(UNIT, "MainPID");
    machine.configure("90d");
    await machine.ok("systemctl", "reload", UNIT);
    expect(await machine.logged(UNIT, says("config-loaded"))).toMatchObject({ _PID: pid, PRIORITY: "6" });
    expect(await machine.property(UNIT, "MainPID")).toBe(pid);
  });

  it("keeps the old one when the new one is wrong, and `journalctl -p err` shows only that", async () => {
    writeFileSync(join(machine.root, "etc/keyturn/schedules/wrong.yaml"), "policies: 7\n");
    await machine.ok("systemctl", "reload", UNIT);
    await machine.logged(UNIT, says("config-refused"));
    const errors = await machine.ok(
      ...["journalctl", "--identifier=keyturn", "--priority=err", "--output=cat", "--quiet"],
    );
    const said = errors.split("\n").map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(new Set(said)).toEqual(new Set(["config-refused"]));
    await machine.ok("rm", "/etc/keyturn/schedules/wrong.yaml");
    expect(await machine.property(UNIT, "ActiveState")).toBe("active");
  });

  it("runs with no more than it needs", async () => {
    const pid = await machine.property(UNIT, "MainPID");
    const status = await machine.ok("cat", `/proc/${pid}/status`);
    // CAP_CHOWN, CAP_DAC_OVERRIDE and CAP_FOWNER, from the drop-in `files`; a filter of system calls.
    expect(status).toMatch(/^CapBnd:\t000000000000000b$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    const within = (...argv: readonly string[]) =>
      machine.run("nsenter", "--target", pid, "--mount", "--wd=/", ...argv);
    expect((await within("touch", "/etc/keyturn/new")).stderr).toContain("Read-only file system");
    expect((await within("touch", "/srv/sam/new")).code).toBe(0);
    expect(await machine.ok("cat", `/proc/${pid}/environ`)).not.toContain("NOTIFY_SOCKET");
  });

  it("is killed when it stalls, and comes back", async () => {
    const pid = await machine.property(UNIT, "MainPID");
    await machine.ok("systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", UNIT);
    await machine.logged(UNIT, ({ MESSAGE }) => MESSAGE.includes("Watchdog timeout"));
    const again = await machine.logged(UNIT, (line) => line._PID !== pid && says("ready")(line));
    expect(await machine.property(UNIT, "MainPID")).toBe(again._PID);
    expect(await machine.property(UNIT, "NRestarts")).toBe("1");
  });

  it("is locked down by `systemctl start`, beside the daemon, and lifted", async () => {
    machine.configure("90d");
    await machine.ok("systemctl", "reload", UNIT);
    const sam = await machine.property("sam.service", "MainPID");
    const before = machine.entra.credentialsOf(machine.app.appId).map(({ secretText }) => secretText);
    await machine.ok("systemctl", "start", "keyturn-lockdown@sam.service");
    // What was held still never ran again: its service manager brought another one up.
    expect(await machine.property("sam.service", "MainPID")).not.toBe(sam);
    const after = machine.entra.credentialsOf(machine.app.appId).map(({ secretText }) => secretText);
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
    expect(await machine.ok("cat", "/srv/sam/authorization")).toBe("nobody");
    expect(await machine.property(UNIT, "ActiveState")).toBe("active");
    expect(await machine.ok("find", "/var/lib/keyturn", "!", "-user", "keyturn")).toBe("");
    expect((await machine.run("keyturn", "rotate", "--now", SECRET)).code).toBe(4);
    const [evidence = ""] = (await machine.ok("ls", "/var/lib/keyturn/evidence")).split("\n");
    await machine.ok("keyturn", "lockdown", "evidence", "verify", `/var/lib/keyturn/evidence/${evidence}`);
    await machine.ok("keyturn", "lockdown", "lift", "sam", "--confirm", "sam", "--reason", "it is over");
    expect((await machine.run("ls", "/srv/sam/authorization")).code).not.toBe(0);
    await machine.ok("keyturn", "rotate", "--now", SECRET);
  });

  describe("install.sh --upgrade", () => {
    const pid = () => machine.property(UNIT, "MainPID");
    const history = () => machine.ok("keyturn", "history", "--json");

    it("backs the journal up, and comes back as before", async () => {
      const [before, runs] = [await pid(), await history()];
      expect(await install("--upgrade", "--from", machine.tarball)).toMatchObject({ code: 0 });
      expect(await pid()).not.toBe(before);
      expect(await machine.property(UNIT, "ActiveState")).toBe("active");
      expect(await history()).toBe(runs);
      const [backup = ""] = (await machine.ok("ls", "/var/backups/keyturn")).split("\n");
      const copy = `/var/backups/keyturn/${backup}/journal.db`;
      expect(await machine.ok("stat", "--format=%a %U", copy)).toBe("600 root");
    });

    it.each([
      ["", 'console.log("does not work")'],
      [
        " and has given the journal another form",
        `const { DatabaseSync } = await import("node:sqlite");
        new DatabaseSync("/var/lib/keyturn/journal.db").exec("PRAGMA user_version = 99");
        console.log("does not work")`,
      ],
    ])("goes back when the new program does not become ready%s", async (_, first) => {
      const runs = await history();
      breakDaemon(join(machine.root, machine.release), first);
      const failed = await install("--upgrade");
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("did not become ready, so keyturn") as string,
      });
      expect(failed.stderr).toContain("does not work");
      expect(await machine.property(UNIT, "ActiveState")).toBe("active");
      expect(await history()).toBe(runs);
      expect((await machine.run("ls", "/usr/local/lib/keyturn/dist/sound-main.js")).code).not.toBe(0);
      expect(await machine.ok("find", "/var/lib/keyturn", "!", "-user", "keyturn")).toBe("");
    });

    it("changes nothing when the new program refuses the configuration", async () => {
      const before = await pid();
      await machine.ok("sh", "-c", "echo 'policies: 7' >/etc/keyturn/schedules/wrong.yaml");
      const refused = await install("--upgrade");
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("nothing was changed") as string,
      });
      expect(await pid()).toBe(before);
    });
  });

  it("is removed without a trace of the program, and without a change of its state", async () => {
    await machine.ok("systemctl", "stop", UNIT);
    const before = await machine.stateFiles();
    expect(await install("--uninstall")).toMatchObject({ code: 0 });
    expect(await machine.stateFiles()).toBe(before);
    expect(await machine.property(UNIT, "LoadState")).toBe("not-found");
    expect(await machine.ok("sh", "-c", "find /usr/local /etc/polkit-1 | grep keyturn || :")).toBe("");
    expect(await install("--uninstall")).toMatchObject({ code: 0 });
  });
});
