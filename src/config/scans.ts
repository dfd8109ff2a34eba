/** The `scans` of the schedule files. */
import { parseEndpoint, START_TLS } from "../domain/endpoint.ts";
import type { ScannedEndpoint, ScanPolicy } from "../domain/scan.ts";
import { DAY_MS, SECOND_MS } from "../domain/time.ts";
import { z } from "zod";
import { cron } from "./cron.ts";
import { byName, type Placed } from "./cross-checks.ts";
import { check, problemAt, warningAt } from "./explain.ts";
import { didYouMean, type Problem, type Warning } from "./problem.ts";
import { duration, path, timezone } from "./scalars.ts";

const address = z
  .string()
  .refine((text) => parseEndpoint(text) !== null, "must be HOST:PORT, or a URL like smtp://mail.example.com");

const endpoint = z.union([
  address,
  z.strictObject({
    address,
    servername: z.string().min(1).optional(),
    names: z.array(z.string().min(1)).default([]),
    starttls: z.enum([...START_TLS, "none"]).optional(),
  }),
]);

/** `20%` as 0.2. */
const share = z
  .string()
  .regex(/^[0-9]{1,2}%$/, 'must be a share of the lifetime, like "20%"')
  .transform((text) => Number(text.slice(0, -1)) / 100);

const LONGEST_TIMEOUT_MS = 600 * SECOND_MS;

export const scanSchema = z.strictObject({
  cron: cron.prefault("0 2 * * *"),
  timezone: timezone.default("UTC"),
  trust: z.array(path).min(1).default(["system"]),
  pool: z.array(path).default([]),
  files: z.array(path).default([]),
  endpoints: z.array(endpoint).default([]),
  configs: z.array(z.strictObject({ connection: z.string(), name: z.string().min(1) })).default([]),
  expires: share.prefault("20%"),
  timeout: duration({ positive: true })
    .prefault("10s")
    .refine((ms) => ms <= LONGEST_TIMEOUT_MS && ms < DAY_MS, "must be at most 10m"),
});

type ScanDocument = z.output<typeof scanSchema>;

/** `connections`: kinds by name. */
export function readScans(
  placed: readonly Placed<unknown>[],
  connections: ReadonlyMap<string, string>,
  problems: Problem[],
  warnings: Warning[],
): readonly ScanPolicy[] {
  return [...byName("scan", placed, problems)].flatMap(([name, scan]) => {
    const document = check(scanSchema, scan.entry, scan.source, scan.path, problems);
    if (document === null) return [];
    checkConfigs(document, scan, connections, problems);
    const { files, endpoints, configs } = document;
    if (files.length + endpoints.length + configs.length === 0)
      warnings.push(warningAt(scan.source, scan.path, "has neither files nor endpoints nor configs"));
    return [policyOf(name, document)];
  });
}

function checkConfigs(
  { configs }: ScanDocument,
  { source, path: at }: Placed<unknown>,
  connections: ReadonlyMap<string, string>,
  problems: Problem[],
): void {
  for (const [index, { connection }] of configs.entries()) {
    const kind = connections.get(connection);
    if (kind === "docker") continue;
    const place = [...at, "configs", index, "connection"];
    problems.push(
      kind === undefined
        ? problemAt(
            source,
            place,
            `there is no connection \`${connection}\``,
            didYouMean(connection, [...connections.keys()]),
          )
        : problemAt(source, place, `is a connection of kind ${kind}; one of kind docker is needed`, null),
    );
  }
}

function policyOf(
  scan: string,
  { expires: soon, timeout: timeoutMs, endpoints, ...rest }: ScanDocument,
): ScanPolicy {
  return { scan, ...rest, soon, timeoutMs, endpoints: endpoints.map(endpointOf) };
}

function endpointOf(written: ScanDocument["endpoints"][number]): ScannedEndpoint {
  if (typeof written === "string") return { address: written, servername: null, names: [], startTls: null };
  const { address: where, servername = null, names, starttls = null } = written;
  return { address: where, servername, names, startTls: starttls };
}
