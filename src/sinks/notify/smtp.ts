/** Mail through a server that takes it over (RFC 5321). With a password TLS is required; without one it is used if offered. */
import { readTextFile } from "./text-file.ts";
import type { NotifyFailure } from "./failure.ts";
import { notNotified } from "./failure.ts";
import { trusted } from "../../connections/http/trusted.ts";
import type { Environment } from "../../domain/expand-path.ts";
import type { Channel, Notice } from "../../domain/notice.ts";

export interface SmtpConfig {
  readonly host: string;
  readonly port?: number | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly userFile?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
}

const SUBMISSION_PORT = 587;
const IMPLICIT_TLS_PORT = 465;
const PATIENCE_MS = 15_000;

export function smtpChannel(name: string, config: SmtpConfig, env: Environment): Channel {
  return {
    name,
    async send(notice, signal) {
      signal.throwIfAborted();
      const { createTransport } = await import("nodemailer");
      const { host, port = SUBMISSION_PORT, from, to, userFile, passwordFile, caFile } = config;
      const user = await readTextFile(userFile, env);
      const pass = await readTextFile(passwordFile, env);
      const ca = await trusted(caFile, env);
      const transport = createTransport({
        host,
        port,
        secure: port === IMPLICIT_TLS_PORT,
        requireTLS: pass !== null,
        ...(user === null || pass === null ? {} : { auth: { user, pass } }),
        ...(ca === null ? {} : { tls: { ca: [...ca] } }),
        connectionTimeout: PATIENCE_MS,
        greetingTimeout: PATIENCE_MS,
        socketTimeout: PATIENCE_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({ from, to: [...to], subject: notice.title, text: textOf(notice) });
      } catch (thrown) {
        throw notNotified(name, `${host}:${port}`, thrown as NotifyFailure);
      } finally {
        transport.close();
      }
    },
  };
}

function textOf({ event, at, scope, lockdown, lines }: Notice): string {
  const head = [
    `event: ${event}`,
    `time: ${new Date(at).toISOString()}`,
    `scope: ${scope}`,
    `lockdown: ${lockdown}`,
  ];
  return [...head, "", ...lines, ""].join("\n");
}
