/** What `rotate` and `plan` are asked in the same words, so that a plan can be carried out by changing one of them. */
import type { Command } from "commander";
import type { PlanRequest } from "../run/planner.ts";
import { selectForRotation, type Selectable, type Selection } from "./select-secrets.ts";

export interface RotationOptions extends Selection {
  readonly revokeNow?: true;
  readonly outsideWindow?: true;
  readonly json?: true;
}

export function addRotationOptions(command: Command): Command {
  return command
    .option("--now", "regardless of age")
    .option("--all", "every configured secret")
    .option("--label <key=value>", "secrets with this label; all of several", collectLabel)
    .option("--revoke-now", "no overlap: the previous version is revoked as soon as the new one is in use")
    .option("--outside-window", "do not wait for the policy's window");
}

/** `--label` may be given several times. */
export function collectLabel(text: string, rest: readonly string[] | undefined): readonly string[] {
  return [...(rest ?? []), text];
}

export function planRequest(
  policies: readonly Selectable[],
  names: readonly string[],
  options: RotationOptions,
): PlanRequest {
  return {
    secrets: selectForRotation(policies, names, options),
    now: options.now === true,
    revokeNow: options.revokeNow === true,
    outsideWindow: options.outsideWindow === true,
  };
}
