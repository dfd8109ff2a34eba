/** Connects what a scope names. What contains comes first, and loads nothing that takes time. */
import { join } from "node:path";
import type { ConfiguredLeaf, LoadedConfig, LockdownScope } from "../../config/config.ts";
import { containments, denials } from "../../countermeasures/index.ts";
import { connections } from "../../connections/index.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Connection, Context } from "../../domain/ports.ts";
import { systemClock } from "../../domain/system-clock.ts";
import type { ScopeParts } from "../../lockdown/scope.ts";
import { kindOf } from "../kinds.ts";
import { connectionOf, type Environment } from "../wiring.ts";

export async function connectScope(
  config: LoadedConfig,
  scope: LockdownScope,
  env: Environment,
): Promise<ScopeParts> {
  const connected = new Map<string, Connection>();
  for (const leaf of scope.contain) {
    const name = connectionOf(leaf);
    if (name !== null) connected.set(name, await connectTo(config, name, env));
  }
  const context = { ...contextOf(connected, env), keepDir: keepDirOf(config, scope) };
  return {
    scope,
    containments: scope.contain.map((leaf) => kindOf(containments, leaf).connect(leaf.config, context)),
    env: new Map(scope.deny.flatMap(envOf)),
  };
}

export function connectTo(config: LoadedConfig, name: string, env: Environment): Promise<Connection> {
  const leaf = config.connections.get(name);
  if (leaf === undefined) throw missing(name);
  return kindOf(connections, leaf).connect(leaf.config, { clock: systemClock, env });
}

/** Where a lockdown of the scope keeps what it has to put back. */
export function keepDirOf({ stateDir }: LoadedConfig, { name }: LockdownScope): string {
  return join(stateDir, "lockdown", name);
}

function contextOf(connected: ReadonlyMap<string, Connection>, env: Environment): Context {
  return {
    clock: systemClock,
    env,
    connection: <T>(_kind: string, name: string): T => {
      const found = connected.get(name);
      if (found !== undefined) return found as T;
      throw missing(name);
    },
  };
}

function envOf(leaf: ConfiguredLeaf): readonly (readonly [string, Readonly<Record<string, string>>])[] {
  const found = kindOf(denials, leaf).env?.(leaf.config);
  return found === undefined ? [] : [[found.service, found.env]];
}

function missing(name: string): RotationError {
  return new RotationError("config-invalid", { kind: "rejected", message: `there is no connection ${name}` });
}
