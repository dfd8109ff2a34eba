/**
 * Real engines are not everywhere: a suite that needs one is skipped with the reason in its title. Under
 * REQUIRE_ENGINES=1, as in CI, a missing engine fails instead, so that a suite cannot vanish unseen.
 *
 *     const engine = await requireEngine("docker", probeDocker);
 *     describeEngine(engine, "docker-secret on a real swarm", () => { … });
 */
import { describe } from "vitest";

export interface Engine {
  readonly name: string;
  readonly available: boolean;
  /** Why it is not available; empty when it is. */
  readonly reason: string;
}

/** `probe` throws an Error whose message says what is missing. */
export async function requireEngine(name: string, probe: () => void | Promise<void>): Promise<Engine> {
  try {
    await probe();
    return { name, available: true, reason: "" };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (process.env["REQUIRE_ENGINES"] === "1")
      throw new Error(`REQUIRE_ENGINES=1, but ${name} is missing: ${reason}`, { cause: thrown });
    return { name, available: false, reason };
  }
}

/** `describe`, skipped with the reason in its title when the engine is not available. */
export function describeEngine(engine: Engine, title: string, body: () => void): void {
  if (engine.available) describe(title, body);
  else describe.skip(`${title} [skipped: no ${engine.name}: ${engine.reason}]`, body);
}
