/** I4 over a whole world: every file below its folder and everything that was printed, but the places where secrets belong. */
import { readFileSync } from "node:fs";
import { findCanary, findCanaryBelow } from "../../canary.ts";
import type { World } from "./world.ts";

export function findLeaks(world: World): readonly string[] {
  const { secretsFolder } = world.consumer;
  const belongs = (hit: string): boolean =>
    (secretsFolder !== null && hit.startsWith(`${secretsFolder}/`)) ||
    hit.startsWith(`${world.folder}/admin.secret: `);
  const printed = Buffer.from(world.printed.join("\n"));
  return [...world.canaries].flatMap((canary) => [
    ...findCanaryBelow(world.folder, canary).filter((hit) => !belongs(hit)),
    ...findCanary(printed, canary).map((form) => `printed: ${form}`),
  ]);
}

/** What any process of the same user can read of a running one (proc(5)). */
export function findLeaksOfProcess(world: World, pid: number): readonly string[] {
  const seen = Buffer.concat(["environ", "cmdline"].map((name) => readFileSync(`/proc/${pid}/${name}`)));
  return [...world.canaries].flatMap((canary) =>
    findCanary(seen, canary).map((form) => `/proc/${pid}: ${form}`),
  );
}
