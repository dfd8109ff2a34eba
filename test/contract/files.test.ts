import { describeTarget } from "./describe-target.ts";
import { startFilesWorld } from "./files/world.ts";

describeTarget({ name: "files", start: startFilesWorld });
