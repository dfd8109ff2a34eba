import { describeTarget } from "./describe-target.ts";
import { startStandInWorld } from "./docker-secret/stand-in-world.ts";

describeTarget({ name: "docker-secret on the stand-in engine", start: () => startStandInWorld() });
