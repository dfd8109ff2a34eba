/**
 * A POST of JSON. With `hmacKeyFile` it carries `keyturn-signature: t=<unix seconds>,v1=<hex>`, an HMAC-SHA256 over
 * `<t>.<body>`: the receiver recomputes it, and refuses what is older than a few minutes.
 */
import { createHmac } from "node:crypto";
import { notNotified, type NotifyFailure } from "./failure.ts";
import { readTextFile } from "./text-file.ts";
import { send } from "../../connections/http/request.ts";
import { trusted } from "../../connections/http/trusted.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Channel, Notice } from "../../domain/notice.ts";
import type { Clock } from "../../domain/time.ts";

export interface WebhookConfig {
  readonly url?: string | undefined;
  readonly urlFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly hmacKeyFile?: string | undefined;
  readonly caFile?: string | undefined;
}

export function webhookChannel(name: string, config: WebhookConfig, env: Environment, clock: Clock): Channel {
  return {
    name,
    async send(notice, signal) {
      const url = new URL(config.url ?? (await readTextFile(config.urlFile, env)) ?? "");
      const body = Buffer.from(JSON.stringify(documentOf(notice)));
      const token = await readTextFile(config.tokenFile, env);
      const key = await readTextFile(config.hmacKeyFile, env);
      const headers = {
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(key === null ? {} : { "keyturn-signature": signatureOf(key, body, clock) }),
      };
      const ca = await trusted(config.caFile, env);
      const order = { method: "POST", url, ca, headers, body, wantsBody: false } as const;
      const { status } = await send(order, signal).catch((thrown: unknown) => {
        throw notNotified(name, url.host, thrown as NotifyFailure);
      });
      if (status < 200 || status >= 300) throw refused(name, url.host, status);
    },
  };
}

function documentOf({ at, ...notice }: Notice): object {
  return { ...notice, at: new Date(at).toISOString() };
}

function signatureOf(key: string, body: Buffer, clock: Clock): string {
  const t = Math.floor(clock.now() / 1_000);
  const v1 = createHmac("sha256", key).update(`${t}.`).update(body).digest("hex");
  return `t=${t},v1=${v1}`;
}

function refused(name: string, host: string, status: number): RotationError {
  return new RotationError("not-notified", {
    kind: status >= 500 || status === 429 ? "transient" : "rejected",
    subject: name,
    message: `the channel ${name} was refused by ${host}: HTTP ${status}`,
    hint: `Check notify.${name} in keyturn.yaml.`,
  });
}
