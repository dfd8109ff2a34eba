import { expect } from "vitest";
import { z } from "zod";
import type { ConfigCase } from "../describe-issuer.ts";

export const CONFIG_CASES: readonly ConfigCase[] = [
  {
    name: "accepts a good configuration",
    check({ kind, goodConfig }) {
      expect(kind.schema.safeParse(goodConfig)).toMatchObject({ success: true });
    },
    saboteur: "accepts none",
    sabotage: (kind) => ({ ...kind, schema: z.never() }),
  },
  {
    name: "reports every bad key of its configuration with its path",
    check({ kind, goodConfig, badConfigs }) {
      for (const { change, path } of badConfigs) {
        const parsed = kind.schema.safeParse(withChange(goodConfig, change));
        const paths = parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join("."));
        expect(paths, `${JSON.stringify(change)} must be reported at ${path}`).toContain(path);
      }
    },
    saboteur: "accepts anything",
    sabotage: (kind) => ({ ...kind, schema: z.unknown() }),
  },
  {
    name: "reports an unknown key by its name",
    check({ kind, goodConfig }) {
      const parsed = kind.schema.safeParse({ ...goodConfig, surprising: true });
      const issues = parsed.success ? [] : parsed.error.issues;
      expect(issues).toMatchObject([{ code: "unrecognized_keys", keys: ["surprising"] }]);
    },
    saboteur: "drops unknown keys in silence",
    sabotage: (kind) => ({ ...kind, schema: z.looseObject({}) }),
  },
];

/** `undefined` takes a key away. */
function withChange(
  config: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...config, ...change }).filter(([, value]) => value !== undefined),
  );
}
