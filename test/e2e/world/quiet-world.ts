/** A world where nothing fails by itself and new secrets work at once: what goes wrong there, the test has done. */
import { onTestFinished } from "vitest";
import { startFileConsumer } from "./file-consumer.ts";
import { World, type ConsumerSide, type WorldOptions } from "./world.ts";

type Options<C extends ConsumerSide> = Partial<WorldOptions<C>> & Pick<WorldOptions<C>, "consumer">;

/** Gone when the running test is over. */
export async function startQuietWorld<C extends ConsumerSide>(options: Options<C>): Promise<World<C>> {
  const world = await World.start({ seed: 1, overlap: "1h", ...options });
  onTestFinished(() => world.close());
  world.entra.faults.rates = {};
  world.entra.replication.signIn = [0, 0];
  world.entra.replication.read = [0, 0];
  return world;
}

export function startQuietFileWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  return startQuietWorld({ consumer: startFileConsumer, ...options });
}
