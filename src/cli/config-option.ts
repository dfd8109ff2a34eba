import type { Command } from "commander";
import { configFile } from "../config/fingerprint.ts";
import type { LogLevel } from "../config/config.ts";
import type { Services } from "./services.ts";

/** The configuration file that the command line, the environment or the system's default names. */
export function configOption(command: Command, services: Services): string {
  return configFile(command.optsWithGlobals<{ config?: string }>().config, services.env);
}

/** The level that `--log` names, checked by the parser; null without it. */
export function logOption(command: Command): LogLevel | null {
  return command.optsWithGlobals<{ log?: LogLevel }>().log ?? null;
}
