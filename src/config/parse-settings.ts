/** The same two settings as `scan-settings.ts`, with a YAML parser; loaded only for a file that is written unusually. */
import { ConfigError, type Problem } from "./problem.ts";
import type { Settings } from "./scan-settings.ts";
import { readSource } from "./source.ts";

export function parseSettings(file: string): Settings {
  const { value, problems } = readSource(file);
  if (value === null && problems.length > 0) throw new ConfigError(problems as [Problem, ...Problem[]]);
  const { state, schedules } = mapping(value);
  const { dir } = mapping(state);
  const list = Array.isArray(schedules) ? schedules.filter((item) => typeof item === "string") : null;
  return {
    stateDir: typeof dir === "string" ? dir : undefined,
    schedules: list ?? (typeof schedules === "string" ? schedules : "./schedules"),
  };
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
