/** keyturn.yaml. Connections are checked by their kinds' own schemas, in a second pass. */
import { z } from "zod";
import { lockdownSchema } from "./lockdown-schema.ts";
import { duration, path } from "./scalars.ts";

/** A leaf or connection before its kind's own schema has seen it. */
export const kinded = z.looseObject({ kind: z.string() });

const smtp = z.strictObject({
  kind: z.literal("smtp"),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).optional(),
  from: z.string().min(1),
  to: z.array(z.string().min(1)).min(1),
  userFile: path.optional(),
  passwordFile: path.optional(),
  caFile: path.optional(),
});

const webhook = z.strictObject({
  kind: z.literal("webhook"),
  url: z.url({ protocol: /^https?$/ }).optional(),
  urlFile: path.optional(),
  tokenFile: path.optional(),
  hmacKeyFile: path.optional().describe("Signs what is sent, so that the receiver can tell who sent it."),
  caFile: path.optional(),
});

export const mainSchema = z.strictObject({
  state: z.strictObject({
    dir: path.optional().describe("Where the journal lives; default: $STATE_DIRECTORY."),
    sealKeyFile: path.describe("32 bytes in base64, mode 0600 or 0400; `keyturn init` makes one."),
  }),
  schedules: z
    .union([path, z.array(path).min(1)])
    .default("./schedules")
    .describe("A folder of *.yaml files, or a list of folders."),
  connections: z
    .record(z.string(), kinded)
    .nullish()
    .describe("How the outside systems are reached, by name."),
  control: z
    .strictObject({
      operator: path.optional(),
      viewer: path.optional(),
      operatorGroup: z
        .string()
        .min(1)
        .optional()
        .describe("Who may change things; default: the daemon's own group."),
      viewerGroup: z.string().min(1).optional().describe("Who may look; default: the daemon's own group."),
    })
    .optional()
    .describe("The daemon's sockets; default: operator.sock and viewer.sock in state.dir."),
  http: z
    .strictObject({
      listen: z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):[0-9]{1,5}$/, "must be HOST:PORT"),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") }).optional(),
  audit: z
    .strictObject({
      dir: path.optional().describe("Default: <state.dir>/audit."),
      retention: duration({ positive: true }).optional(),
      archiveAfter: duration({ positive: true }).optional(),
      signingKeyFile: path.optional(),
    })
    .optional(),
  notify: z
    .record(z.string(), z.discriminatedUnion("kind", [smtp, webhook]))
    .optional()
    .describe("Whom a lockdown tells, by name."),
  lockdown: lockdownSchema.optional().describe("What is done on a bad day, by `keyturn lockdown start`."),
});

export type MainDocument = z.output<typeof mainSchema>;

/** Keys that this release accepts and does not act on yet. */
export const WITHOUT_EFFECT: readonly (readonly string[])[] = [
  ["audit", "retention"],
  ["audit", "archiveAfter"],
  ["audit", "signingKeyFile"],
];
