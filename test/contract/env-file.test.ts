import { describeTarget } from "./describe-target.ts";
import { startEnvFileWorld } from "./env-file/world.ts";

describeTarget({ name: "env-file, dotenv", start: () => startEnvFileWorld("dotenv") });
// The dialects share everything but how a line is read and written; their own tests are in unit/targets/env-file.
describeTarget({
  name: "env-file, systemd",
  start: () => startEnvFileWorld("systemd"),
  saboteurs: false,
});
