/** Passes when a page answers with the right status and, if `json` is given, with the right values in it. */
import { z } from "zod";
import { isJsonPointer, resolvePointer } from "./http/json-pointer.ts";
import { inspectLook } from "./inspect-look.ts";
import { poll, type Look } from "./poll.ts";
import { AnswerTooLarge, isPlainUrl, send, type Answer } from "../connections/http/request.ts";
import { trusted } from "../connections/http/trusted.ts";
import { durationSchema, pathSchema } from "../connections/schema.ts";
import type { Probe, ProbeKind } from "../domain/ports.ts";
import { SECOND_MS } from "../domain/time.ts";
import type { VersionNumber } from "../domain/version.ts";

const REQUEST_MS = 5 * SECOND_MS;
const PLACEHOLDER = "{version}";

const httpSchema = z.strictObject({
  kind: z.literal("http"),
  url: z.string().refine(isPlainUrl, "must be an http or https address without a user name or password"),
  status: z.int().min(200).max(599).default(200),
  /** JSON pointer (RFC 6901) → value; `{version}` in a text stands for the version's number. */
  json: z
    .record(
      z.string().refine(isJsonPointer, "must be a JSON pointer, such as /secretVersion"),
      z.union([z.string(), z.number(), z.boolean(), z.null()]),
    )
    .optional(),
  caFile: pathSchema.optional(),
  within: durationSchema.prefault("60s"),
  every: durationSchema.prefault("1s"),
});

type HttpConfig = z.infer<typeof httpSchema>;
type Expected = NonNullable<HttpConfig["json"]>;
type Seen = Look<"probed" | "in-use">;

export const http: ProbeKind<HttpConfig> = {
  kind: "http",
  schema: httpSchema,
  async connect(config, { clock, env }) {
    const url = new URL(config.url);
    // Without the query: it may hold a token.
    const subject = `${url.origin}${url.pathname}`;
    return {
      id: subject,
      async probe({ version }, signal) {
        const ca = await trusted(config.caFile, env);
        const look = async (stop: AbortSignal): Promise<Seen> => {
          const answer = await answerOf(url, ca, config.json !== undefined, stop);
          return "seen" in answer ? answer : judge(answer, config, version);
        };
        const { within: withinMs, every: everyMs } = config;
        return poll({ subject, withinMs, everyMs, lookMs: REQUEST_MS, look }, clock, signal);
      },
      inspect: (_around, signal) =>
        inspectLook(subject, REQUEST_MS, signal, async (stop) => {
          const ca = await trusted(config.caFile, env);
          const answer = await answerOf(url, ca, config.json !== undefined, stop);
          return "seen" in answer ? answer : judge(answer, withoutVersion(config), 0);
        }),
    } satisfies Probe;
  },
};

/** Which version answers now is nobody's business but a rotation's. */
function withoutVersion(config: HttpConfig): HttpConfig {
  const plain = Object.entries(config.json ?? {}).filter(
    ([, value]) => typeof value !== "string" || !value.includes(PLACEHOLDER),
  );
  return { ...config, json: Object.fromEntries(plain) };
}

async function answerOf(
  url: URL,
  ca: readonly string[] | null,
  wantsBody: boolean,
  signal: AbortSignal,
): Promise<Answer | { seen: string }> {
  try {
    const headers = { accept: wantsBody ? "application/json" : "*/*" };
    return await send({ method: "GET", url, ca, headers, wantsBody }, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    if (thrown instanceof AnswerTooLarge) return { seen: "an answer of more than 1 MiB" };
    return { seen: (thrown as NodeJS.ErrnoException).code ?? "a broken connection" };
  }
}

function judge(answer: Answer, config: HttpConfig, version: VersionNumber): Seen {
  if (answer.status !== config.status) return { seen: `HTTP ${answer.status} instead of ${config.status}` };
  if (config.json === undefined || answer.body === null) return { passed: "probed" };
  const document = parse(answer.body);
  if (document === undefined) return { seen: `HTTP ${answer.status} with a body that is not JSON` };
  const wrong = Object.keys(config.json).find(
    (pointer) => !isExpected(resolvePointer(document, pointer), config.json?.[pointer], version),
  );
  if (wrong !== undefined) return { seen: `HTTP ${answer.status} with another value at "${wrong}"` };
  return { passed: namesVersion(config.json) ? "in-use" : "probed" };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** A version may be told as a number or as text. */
function isExpected(
  actual: unknown,
  expected: Expected[string] | undefined,
  version: VersionNumber,
): boolean {
  if (typeof expected !== "string" || !expected.includes(PLACEHOLDER)) return actual === expected;
  const wanted = expected.replaceAll(PLACEHOLDER, String(version));
  return actual === wanted || (typeof actual === "number" && String(actual) === wanted);
}

function namesVersion(expected: Expected): boolean {
  return Object.values(expected).some((value) => typeof value === "string" && value.includes(PLACEHOLDER));
}
