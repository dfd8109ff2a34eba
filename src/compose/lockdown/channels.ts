import type { LoadedConfig, LockdownScope } from "../../config/config.ts";
import type { Channel } from "../../domain/notice.ts";
import { systemClock } from "../../domain/system-clock.ts";
import { openChannel } from "../../sinks/notify/channel.ts";
import type { Environment } from "../wiring.ts";

/** Who is told of a scope. */
export function channelsOf(
  { notify }: LockdownScope,
  config: LoadedConfig,
  env: Environment,
): readonly Channel[] {
  return notify.flatMap((name) => {
    const channel = config.notify.get(name);
    return channel === undefined ? [] : [openChannel(name, channel, env, systemClock)];
  });
}
