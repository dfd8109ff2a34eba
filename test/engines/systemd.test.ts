/** keyturn under a real systemd: installed, started, reloaded, watched, upgraded and removed as a person would do it. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeEngine, requireEngine } from "./require-engine.ts";
import { bootMachine, type Machine } from "./systemd/machine.ts";
import { makeRelease, standIn } from "./systemd/make-release.ts";
import { probeSystemd } from "./systemd/probe-systemd.ts";

const engine = await requireEngine("systemd-nspawn", probeSystemd);
const UNIT = "keyturn.service";

describeEngine(engine, "keyturn under systemd", () => {
  let folder: string;
  let machine: Machine;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "keyturn-release-"));
    const release = await makeRelease(folder);
    standIn(release.folder, "stand-in-daemon.mjs");
    machine = await bootMachine();
    cpSync(release.folder, join(machine.root, "root/release"), { recursive: true });
  }, 300_000);
  afterAll(async () => {
    await machine.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it("is installed, and waits for its configuration to be filled in", async () => {
    await machine.ok("/root/release/install.sh");
    expect(await machine.ok("systemctl", "is-enabled", UNIT)).toBe("enabled");
    expect(await machine.property(UNIT, "ActiveState")).toBe("inactive");
    expect((await machine.run("keyturn", "config", "check")).code).toBe(0);
    const modes = ["/etc/keyturn/credentials", "/etc/keyturn/credentials/seal.key"];
    expect(await machine.ok("stat", "--format=%a %U", ...modes)).toBe("700 root\n600 root");
  });

  it("starts, is ready, and its sockets belong to their groups", async () => {
    await machine.ok("systemctl", "start", UNIT);
    expect(await machine.property(UNIT, "ActiveState")).toBe("active");
    const sockets = ["/run/keyturn/operator.sock", "/run/keyturn/viewer.sock"];
    expect(await machine.ok("stat", "--format=%a %U %G", ...sockets)).toBe(
      "660 keyturn keyturn-operators\n660 keyturn keyturn-viewers",
    );
  });

  it("reloads in the same process, and journalctl knows the priority of what it says", async () => {
    const pid = await machine.property(UNIT, "MainPID");
    await machine.ok("systemctl", "reload", UNIT);
    const line = await machine.logged(UNIT, ({ PRIORITY }) => PRIORITY === "4");
    expect(line).toMatchObject({ MESSAGE: '{"msg":"reloaded"}', _PID: pid });
    expect(await machine.property(UNIT, "MainPID")).toBe(pid);
  });
});
