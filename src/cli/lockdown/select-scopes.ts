import type { LoadedConfig, LockdownScope } from "../../config/config.ts";
import { RotationError } from "../../domain/errors.ts";

/** The named scopes; all when none is named. Throws `usage` for one that is not configured. */
export function selectScopes(
  { lockdown, file }: Pick<LoadedConfig, "lockdown" | "file">,
  names: readonly string[],
): readonly LockdownScope[] {
  if (lockdown.size === 0)
    throw usage(`${file} has no lockdown scope`, "Write one under `lockdown.scopes`; see docs/incident.md.");
  const unknown = names.find((name) => !lockdown.has(name));
  if (unknown !== undefined)
    throw usage(
      `there is no lockdown scope \`${unknown}\``,
      `There are: ${[...lockdown.keys()].join(", ")}.`,
    );
  return [...lockdown.values()].filter(({ name }) => names.length === 0 || names.includes(name));
}

function usage(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}
