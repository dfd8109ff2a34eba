/** A request that makes a server read its files again, such as `POST /-/reload`. What it answers is not read. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { inspectPort } from "../connections/http/inspect-port.ts";
import { isPlainUrl, send } from "../connections/http/request.ts";
import { trusted } from "../connections/http/trusted.ts";
import { durationSchema, expandPath, pathSchema } from "../connections/schema.ts";
import { looked, notCheckable, proved, type Finding } from "../domain/check.ts";
import { RotationError, type ErrorKind } from "../domain/errors.ts";
import type { Context, Reload, ReloadKind } from "../domain/ports.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const httpReloadSchema = z
  .strictObject({
    kind: z.literal("http"),
    method: z.enum(["POST", "PUT"]).default("POST"),
    url: z.string().refine(isPlainUrl, "must be an http or https address without a user name or password"),
    /** Not given: any from 200 to 299. */
    status: z.int().min(200).max(599).optional(),
    caFile: pathSchema.optional(),
    /** Holds a bearer token (RFC 6750). */
    tokenFile: pathSchema.optional(),
    timeout: durationSchema.prefault("30s"),
  })
  .refine(({ url, tokenFile }) => tokenFile === undefined || isPrivate(url), {
    path: ["tokenFile"],
    message: "needs an https address, or one of this machine: others could read the token",
  });

type HttpReloadConfig = z.infer<typeof httpReloadSchema>;

export const http: ReloadKind<HttpReloadConfig> = {
  kind: "http",
  schema: httpReloadSchema,
  async connect(config, context) {
    const url = new URL(config.url);
    // Without the query in what people see: it may hold a token.
    const subject = `${config.method} ${url.origin}${url.pathname}`;
    return {
      id: `http:${subject}`,
      async reload(signal) {
        if (signal.aborted) throw failed("aborted", `${subject} was cancelled`, "transient");
        const ca = await trusted(config.caFile, context.env);
        const headers = await authorization(config.tokenFile, context);
        const { method } = config;
        const status = await deliver({ subject, config, context }, signal, async (stop) => {
          const answer = await send({ method, url, ca, headers, wantsBody: false }, stop);
          return answer.status;
        });
        const isGood = config.status === undefined ? status >= 200 && status < 300 : status === config.status;
        if (!isGood) throw refused(subject, status);
      },
      inspect: (_around, signal) => inspectServer(url, config, context, signal),
    } satisfies Reload;
  },
};

/** The connection is made, and nothing is sent over it. */
async function inspectServer(
  url: URL,
  { method, caFile, tokenFile }: HttpReloadConfig,
  context: Context,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const credentials = await looked("credential", async () => {
    await trusted(caFile, context.env);
    await authorization(tokenFile, context);
    return tokenFile === undefined ? [] : [proved("credential", "the tokenFile holds a bearer token")];
  });
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  const server = await inspectPort(url.hostname.replace(/^\[|\]$/g, ""), port, signal);
  return [
    ...credentials,
    server,
    notCheckable("effect", `${method} is not sent: it would reload the server`),
  ];
}

interface Call {
  readonly subject: string;
  readonly config: HttpReloadConfig;
  readonly context: Context;
}

/** Within the configured time. Whatever breaks after the request went out may have come after the reload. */
async function deliver(
  { subject, config, context }: Call,
  signal: AbortSignal,
  request: (stop: AbortSignal) => Promise<number>,
): Promise<number> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = context.clock.sleep(config.timeout, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await request(AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    if (signal.aborted) throw failed("aborted", `${subject} was cancelled`, "outcome-unknown");
    const code = late.signal.aborted
      ? `no answer within ${config.timeout / 1000} s`
      : ((thrown as NodeJS.ErrnoException).code ?? "a broken connection");
    const kind = NOT_SENT.has(code) ? "rejected" : "outcome-unknown";
    throw failed("reload-failed", `${subject} failed: ${code}`, kind);
  } finally {
    done.abort();
    await timer;
  }
}

/** No connection was made, so nothing was sent. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

async function authorization(
  tokenFile: string | undefined,
  { env }: Context,
): Promise<Readonly<Record<string, string>>> {
  if (tokenFile === undefined) return {};
  const path = expandPath(tokenFile, env);
  const token = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not read ${path} (${(thrown as NodeJS.ErrnoException).code ?? "unknown error"})`,
      hint: "Check the reload's tokenFile.",
    });
  });
  // RFC 6750, section 2.1. Checked here, since Node's own refusal of a header would quote it.
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token.trim())) return { authorization: `Bearer ${token.trim()}` };
  throw new RotationError("config-invalid", {
    kind: "rejected",
    message: `${path} does not hold a bearer token`,
    hint: "It must hold one token and nothing else.",
  });
}

function refused(subject: string, status: number): RotationError {
  return failed("reload-failed", `${subject} answered HTTP ${status}`, "rejected");
}

function failed(code: "aborted" | "reload-failed", message: string, kind: ErrorKind): RotationError {
  const hint = code === "aborted" ? {} : { hint: "Look at the server's log, and check the reload's url." };
  return new RotationError(code, { kind, message, ...hint });
}

function isPrivate(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || LOOPBACK.has(hostname);
}
