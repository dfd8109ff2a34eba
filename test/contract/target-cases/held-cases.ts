import { expect } from "vitest";
import type { TargetCase } from "../target-cases.ts";
import { withHeld } from "../target-sabotage.ts";
import { changeTo, type Scene } from "../target-scene.ts";
import { SecretValue, type Material } from "../../../src/domain/material.ts";

export const HELD_CASES: readonly TargetCase[] = [
  {
    title: "what can be read back is what was put there by hand, and nothing once a version is in use",
    async run(scene) {
      const before = await heldBy(scene);
      if (before !== null) expect(before).toEqual([{ value: "by-hand-alpha" }]);
      const ref = await scene.deliver("alpha", "new");
      const consumer = await scene.consumer("alpha");
      await consumer.activate([changeTo(ref)], scene.signal);
      await consumer.confirm([changeTo(ref)], scene.signal);
      expect((await heldBy(scene)) ?? []).toEqual([]);
      await scene.expectSeen("alpha", "new");
    },
    saboteurs: [
      { title: "that tells what belongs to another", breaks: withHeld(async () => [valued("by-hand-beta")]) },
      { title: "that goes on telling it", breaks: withHeld(async () => [valued("by-hand-alpha")]) },
    ],
  },
];

/** Null where nothing can be read back at all. */
async function heldBy(scene: Scene): Promise<readonly Readonly<Record<string, string>>[] | null> {
  const held = await (await scene.target("alpha")).held?.(scene.signal);
  return held?.map(revealed) ?? null;
}

function revealed(material: Material): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(material).map(([part, value]) => [part, value.reveal((text) => text)]),
  );
}

function valued(text: string): Material {
  return { value: SecretValue.fromText(text) };
}
