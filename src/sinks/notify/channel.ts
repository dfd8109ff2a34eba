import type { Channel } from "../../domain/notice.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Clock } from "../../domain/time.ts";
import { smtpChannel, type SmtpConfig } from "./smtp.ts";
import { webhookChannel, type WebhookConfig } from "./webhook.ts";

/** A channel as `notify` configures it. */
export type ChannelConfig =
  ({ readonly kind: "smtp" } & SmtpConfig) | ({ readonly kind: "webhook" } & WebhookConfig);

export function openChannel(name: string, config: ChannelConfig, env: Environment, clock: Clock): Channel {
  return config.kind === "smtp" ? smtpChannel(name, config, env) : webhookChannel(name, config, env, clock);
}
