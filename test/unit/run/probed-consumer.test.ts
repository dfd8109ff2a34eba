/** A revert is over when what was seen from outside before is seen again. */
import { describe, expect, it } from "vitest";
import { RotationError } from "../../../src/domain/errors.ts";
import type { Baseline, Consumer, Json, Probe } from "../../../src/domain/ports.ts";
import { ProbedConsumer } from "../../../src/run/probed-consumer.ts";

const signal = new AbortController().signal;

/** A process that shows what it serves; `revert` puts the files back, and perhaps the process takes no notice. */
class Server implements Consumer {
  readonly id = "process:web";
  readonly restarts = 1;
  readonly secrets = ["web"];
  serves = "old";
  listens = true;
  reloadFails = false;
  restored = false;

  join(): Consumer {
    return this;
  }

  async current(): Promise<Baseline> {
    return { consumer: this.id, items: [{ secret: "web", held: { kind: "absent" }, restore: null }] };
  }

  async activate(): Promise<void> {
    if (this.listens) this.serves = "new";
  }

  async confirm(): Promise<"converged"> {
    return "converged";
  }

  async revert(): Promise<void> {
    this.restored = true;
    if (this.reloadFails)
      throw new RotationError("reload-failed", { kind: "rejected", message: "the reload did not work" });
    if (this.listens) this.serves = "old";
  }
}

function probeOf(server: Server, canSee = true): Probe {
  return {
    id: "probe",
    probe: async () => "in-use",
    sight: async () => (canSee ? server.serves : null),
    async seenAgain(sighting: Json) {
      if (server.serves === sighting) return;
      throw new RotationError("probe-failed", { kind: "rejected", message: "something else is served" });
    },
  };
}

interface Scene {
  readonly server: Server;
  readonly consumer: Consumer;
  readonly baseline: Baseline;
}

/** Activated, with what was seen before. */
async function activated(change: Partial<Server>, canSee = true): Promise<Scene> {
  const server = new Server();
  const consumer = new ProbedConsumer(server, new Map([["web", [probeOf(server, canSee)]]]));
  const { consumer: id, items } = await consumer.current(signal);
  const sightings = await consumer.sight("web", signal);
  const to = { secret: "web", version: 1, marker: "keyturn:web:run.1" };
  await consumer.activate([{ secret: "web", from: null, to }], signal);
  Object.assign(server, change);
  return {
    server,
    consumer,
    baseline: { consumer: id, items: items.map((item) => ({ ...item, sightings })) },
  };
}

describe("revert", () => {
  it("resolves when the old certificate is served again", async () => {
    const { consumer, baseline, server } = await activated({});
    await consumer.revert(baseline, ["web"], signal);
    expect(server.serves).toBe("old");
  });

  it("fails when the process goes on with the new one", async () => {
    const { consumer, baseline } = await activated({ listens: false });
    await expect(consumer.revert(baseline, ["web"], signal)).rejects.toMatchObject({ code: "probe-failed" });
  });

  it("resolves although the reload fails, where the old one is seen", async () => {
    const { consumer, baseline, server } = await activated({ reloadFails: true, serves: "old" });
    await consumer.revert(baseline, ["web"], signal);
    expect(server.restored).toBe(true);
  });

  it("fails with the reload where the new one is seen, or nothing was seen before", async () => {
    const served = await activated({ reloadFails: true });
    await expect(served.consumer.revert(served.baseline, ["web"], signal)).rejects.toMatchObject({
      code: "probe-failed",
    });
    const unseen = await activated({ reloadFails: true, serves: "old" }, false);
    expect(unseen.baseline.items[0]?.sightings).toEqual({});
    await expect(unseen.consumer.revert(unseen.baseline, ["web"], signal)).rejects.toMatchObject({
      code: "reload-failed",
    });
  });

  it("asks no probe about a secret that stays", async () => {
    const { consumer, baseline, server } = await activated({ listens: false });
    await consumer.revert(baseline, [], signal);
    expect(server.serves).toBe("new");
  });
});
