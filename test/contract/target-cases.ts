import { CONSUMER_CASES } from "./target-cases/consumer-cases.ts";
import { FAILURE_CASES } from "./target-cases/failure-cases.ts";
import { HELD_CASES } from "./target-cases/held-cases.ts";
import { INSPECT_CASES } from "./target-cases/inspect-cases.ts";
import { STORE_CASES } from "./target-cases/store-cases.ts";
import type { Scene, Sabotage } from "./target-scene.ts";

export interface TargetCase {
  /** What must hold. */
  readonly title: string;
  run(scene: Scene): Promise<void>;
  /** Targets that are broken in one way each, and that the case must notice. */
  readonly saboteurs: readonly { readonly title: string; readonly breaks: Sabotage }[];
  readonly needsPoison?: boolean;
}

export const CASES: readonly TargetCase[] = [
  ...STORE_CASES,
  ...CONSUMER_CASES,
  ...HELD_CASES,
  ...FAILURE_CASES,
  ...INSPECT_CASES,
];
