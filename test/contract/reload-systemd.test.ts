import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeReload, type ReloadWorld } from "./describe-reload.ts";
import { inspected, resultsOf } from "./inspect.ts";
import { contextWith } from "./reload/context.ts";
import type { Reload } from "../../src/domain/ports.ts";
import { systemdReload } from "../../src/reloads/systemd-reload.ts";

const CANARY = "canary-in-the-unit's-log-31c8";

/** Stands for systemctl: it notes what it does to which unit, and exits as the real one does. */
const SYSTEMCTL = `#!/bin/sh
here=$(dirname "$0")
echo "${CANARY}"; echo "${CANARY}" >&2
for last; do :; done
case "$*" in
  "--system --no-ask-password is-active --quiet $last") exit $(cat "$here/is-active") ;;
  "--system show --property=LoadState,ActiveState,CanReload -- $last")
    [ $(cat "$here/is-active") = 0 ] && state=active || state=inactive
    printf 'LoadState=%s\\nActiveState=%s\\nCanReload=%s\\n' \
      $(cat "$here/load" 2>/dev/null || echo loaded) $state $(cat "$here/can-reload" 2>/dev/null || echo yes) ;;
  "--system --no-ask-password "*" $last") [ -e "$here/fails" ] && exit 1; echo "$3" >> "$here/$last" ;;
  *) exit 99 ;;
esac
`;

interface SystemdWorld extends ReloadWorld {
  connectTo(settings: object): Promise<Reload>;
  done(unit: string): readonly string[];
  /** A file beside systemctl that it answers from. */
  set(name: string, text: string): void;
}

async function startWorld(how: "stopped" | "failing"): Promise<SystemdWorld> {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-systemd-"));
  writeFileSync(join(folder, "systemctl"), SYSTEMCTL, { mode: 0o700 });
  writeFileSync(join(folder, "is-active"), "0");
  const context = contextWith();
  const env = { ...context.env, PATH: `${folder}:${context.env["PATH"] ?? ""}` };
  const connectTo = (settings: object): Promise<Reload> =>
    systemdReload.connect(systemdReload.schema.parse({ kind: "systemd-reload", ...settings }), {
      ...context,
      env,
    });
  const done = (unit: string): readonly string[] =>
    existsSync(join(folder, unit)) ? readFileSync(join(folder, unit), "utf8").trim().split("\n") : [];
  return {
    connectTo,
    done,
    set: (name, text) => writeFileSync(join(folder, name), text),
    connect: () => connectTo({ unit: "app@1.service" }),
    connectOther: () => connectTo({ unit: "app@2.service" }),
    count: async () => done("app@1.service").length,
    bystanders: async () => done("app@2.service").length,
    async breakProcess() {
      if (how === "stopped") writeFileSync(join(folder, "is-active"), "3");
      else appendFileSync(join(folder, "fails"), "");
    },
    brokenCode: how === "stopped" ? "process-not-running" : "reload-failed",
    canary: CANARY,
    async close() {
      rmSync(folder, { recursive: true });
    },
  };
}

describeReload("systemd-reload of a unit that stops", () => startWorld("stopped"));
describeReload("systemd-reload of a unit that cannot reload", () => startWorld("failing"));

it("the unit is reloaded, or restarted where that is configured", async () => {
  const world = await startWorld("failing");
  const signal = new AbortController().signal;
  try {
    for (const action of [undefined, "restart", "reload-or-restart"])
      await (await world.connectTo({ unit: "nginx.service", action })).reload(signal);
    expect(world.done("nginx.service")).toEqual(["reload", "restart", "reload-or-restart"]);
  } finally {
    await world.close();
  }
});

it.each([
  ["a unit that can be reloaded", {}, "reload", "proved"],
  ["a unit that cannot", { "can-reload": "no" }, "reload", "failed"],
  ["a unit that cannot, and need not", { "can-reload": "no" }, "restart", "proved"],
  ["a unit that there is not", { load: "not-found" }, "reload", "failed"],
  ["a unit that is masked", { load: "masked" }, "restart", "failed"],
  ["a unit that is stopped", { "is-active": "3" }, "reload", "failed"],
])("doctor on %s: %j, %s is %s", async (_what, state, action, result) => {
  const world = await startWorld("failing");
  try {
    for (const [name, text] of Object.entries(state)) world.set(name, text);
    const findings = await inspected(await world.connectTo({ unit: "a.service", action }), [CANARY]);
    expect(resultsOf(findings)).toContain(`unit: ${result}`);
    expect(world.done("a.service")).toEqual([]);
  } finally {
    await world.close();
  }
});

it.each([
  ["unit", {}],
  ["unit", { unit: "nginx" }],
  ["unit", { unit: "--root=.service" }],
  ["unit", { unit: "a b.service" }],
  ["unit", { unit: "*.service" }],
  ["unit", { unit: "../x.service" }],
  ["action", { unit: "a.service", action: "stop" }],
  ["timeout", { unit: "a.service", timeout: 5 }],
])("names the key %j when it is wrong: %j", (key, settings) => {
  const parsed = systemdReload.schema.safeParse({ kind: "systemd-reload", ...settings });
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([key]);
});
