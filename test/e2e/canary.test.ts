/** Every secret that the tenant ever gave out is looked for in every byte that keyturn wrote, printed or was started with. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { recoverUntilQuiet } from "../crash/kill/recover.ts";
import { runAndKill } from "../crash/kill/kill-point.ts";
import { describeEngine, requireEngine } from "../engines/require-engine.ts";
import { startDockerConsumer } from "./world/docker-consumer.ts";
import { findLeaks, findLeaksOfProcess } from "./world/find-leaks.ts";
import { startQuietFileWorld, startQuietWorld } from "./world/quiet-world.ts";
import { toldBy } from "./world/start-keyturn.ts";
import { faketimeLibrary } from "./world/world-clock.ts";
import { SECRET, type World } from "./world/world.ts";

const ROTATE = ["rotate", "--now", SECRET];
const READING = ["doctor", "status", "history", "show", "config", "plan --now --all", "rotate --dry-run"];

const faketime = await requireEngine("libfaketime", () => void faketimeLibrary());

describeEngine(faketime, "no secret stands anywhere but where it is used", () => {
  it("after two rotations, told in every way, and after the first version was retired and erased", async () => {
    const world = await startQuietFileWorld();
    expect((await world.keyturn(...ROTATE)).code).toBe(0);
    expect(await rotateObserved(world)).toEqual([]);
    await readEverything(world);
    expect(world.canaries.size).toBe(4);
    expect(findLeaks(world)).toEqual([]);
    const sealed = sealedBytes(world);
    expect([...sealed.keys()].sort()).toEqual(["1", "2"]);

    world.advance(3_600_000);
    await recoverUntilQuiet(world);
    expect(world.entra.credentialsOf(world.appId)).toHaveLength(2);
    expect([...sealedBytes(world).keys()]).toEqual(["2"]);
    const bytes = stateBytes(world);
    expect(sealed.get("2")?.every((blob) => bytes.includes(blob))).toBe(true);
    expect(sealed.get("1")?.some((blob) => bytes.includes(blob))).toBe(false);
    expect(findLeaks(world)).toEqual([]);
  });

  it("after a rotation that was rolled back, and the engine quoted what it was sent", async () => {
    const world = await startQuietWorld({ consumer: startDockerConsumer });
    world.onEngineRequest((request) => {
      // Somebody else takes the name at the last moment; the refusal quotes the whole request.
      if (request.includes("/secrets/create"))
        world.consumer.engine.swarm.createSecret(`${SECRET}_v1`, {}, "theirs");
      return true;
    });
    const finished = await world.keyturn(...ROTATE, "--json");
    expect(toldBy(finished).at(-1)?.outcome).toBe("rolled-back");
    world.stopWatching();
    world.consumer.refuseNewVersions();
    expect(toldBy(await world.keyturn(...ROTATE, "--json")).at(-1)?.outcome).toBe("rolled-back");
    await readEverything(world);
    await recoverUntilQuiet(world);
    expect(world.canaries.size).toBe(4);
    expect(findLeaks(world)).toEqual([]);
    expect(sealedBytes(world).size).toBe(0);
  });

  it("after a crash while the answer with the secret was on its way, and answers that make no sense", async () => {
    const world = await startQuietFileWorld();
    const told = { at: "output", nth: 2 } as const;
    world.entra.faults.plan("add", { kind: "garbage", applied: true, body: garbage(world) });
    const { killed } = await runAndKill(world, [...ROTATE, "--json"], told);
    expect(killed).toBe(true);
    expect(findLeaks(world)).toEqual([]);
    world.entra.faults.plan("add", { kind: "cut", applied: true });
    await recoverUntilQuiet(world);
    await readEverything(world);
    expect(world.consumer.heldVersions()).toEqual([1]);
    expect(world.canaries.size).toBeGreaterThanOrEqual(5);
    expect(findLeaks(world)).toEqual([]);
  });
});

/** Rotates, and looks at the process whenever it tells something. */
async function rotateObserved(world: World): Promise<readonly string[]> {
  const leaks: string[] = [];
  let looks = 0;
  const running = world.start([...ROTATE, "--json"], () => {
    try {
      leaks.push(...findLeaksOfProcess(world, running.pid));
      looks += 1;
    } catch {
      // It has ended meanwhile.
    }
  });
  expect((await running.finished).code).toBe(0);
  expect(looks).toBeGreaterThan(5);
  return leaks;
}

async function readEverything(world: World): Promise<void> {
  const history = JSON.parse((await world.keyturn("history", "--json")).stdout) as {
    runs: { run: string }[];
  };
  const [run = ""] = history.runs.map((each) => each.run);
  for (const words of READING) {
    const args =
      words === "show" ? ["show", run] : words === "config" ? ["config", "check"] : words.split(" ");
    const plain = await world.keyturn(...args);
    expect(plain.code, plain.stderr).toBe(0);
    if (words !== "config") expect((await world.keyturn(...args, "--json")).code).toBe(0);
  }
}

/** Nonces, sealed blobs and wrapped keys by version. */
function sealedBytes(world: World): ReadonlyMap<string, readonly Buffer[]> {
  const db = new DatabaseSync(join(world.stateDir, "journal.db"), { readOnly: true });
  try {
    const rows = [
      ...db.prepare("SELECT version, nonce, wrapped AS blob FROM data_key WHERE version > 0").all(),
      ...db.prepare("SELECT version, nonce, blob FROM sealed WHERE version > 0").all(),
    ] as unknown as { version: number; nonce: Uint8Array; blob: Uint8Array }[];
    const byVersion = new Map<string, Buffer[]>();
    for (const { version, nonce, blob } of rows) {
      const known = byVersion.get(String(version)) ?? [];
      byVersion.set(String(version), [...known, Buffer.from(nonce), Buffer.from(blob)]);
    }
    return byVersion;
  } finally {
    db.close();
  }
}

function stateBytes(world: World): Buffer {
  const files = readdirSync(world.stateDir, { withFileTypes: true }).filter((file) => file.isFile());
  return Buffer.concat(files.map((file) => readFileSync(join(world.stateDir, file.name))));
}

/** Half an answer, with a secret in it that is not one. */
function garbage(world: World): string {
  const text = "Zq98Q~canary-in-an-answer-that-is-cut-off";
  world.canaries.add(text);
  return `{"keyId":"33333333-3333-4333-a333-333333333333","secretText":"${text}","endDateTime"`;
}
