import { describeTarget } from "./describe-target.ts";
import { startFileWorld } from "./file/world.ts";

describeTarget({ name: "file", start: startFileWorld });
