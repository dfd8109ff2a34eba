import type { Mount } from "./references.ts";
import type { Shelf } from "../../connections/docker/swarm.ts";

/** What a target of Docker secrets or Docker configs is configured with. */
export interface Shelved {
  readonly shelf: Shelf;
  readonly connection: string;
  /** Copies are `name_v<N>`. */
  readonly name: string;
  readonly mount: Mount;
  readonly content: string;
  readonly services: "auto" | readonly string[];
  /** Milliseconds. */
  readonly converge: number;
}
