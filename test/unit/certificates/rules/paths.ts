import type { RuleId } from "../../../../src/certificates/index.ts";
import { ask } from "../fixtures/ask.ts";
import { authority, leaf } from "../fixtures/issue.ts";
import { revocationList } from "../fixtures/revoke.ts";
import { HOST, plain, world, type RuleCase } from "./rule-case.ts";

export const PATHS = {
  issuer: {
    accepts: () => plain(),
    rejects: () => ({ ...plain(), pool: [] }),
  },
  trusted: {
    accepts: () => plain(),
    rejects: () => {
      const { root, ca, leaf: end } = world({});
      return ask({ leaf: end, pool: [ca, root], anchors: [authority("another root")] });
    },
  },
  "within-limits": {
    accepts: () => plain({ limits: { pathLength: 3 } }),
    rejects: () => plain({ limits: { pathLength: 2 } }),
  },
  "not-revoked": {
    accepts: () => {
      const { root, ca, leaf: end } = world({});
      const lists = [revocationList(ca, { revoked: [leaf(HOST, ca)] })];
      return ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: lists });
    },
    rejects: () => {
      const { root, ca, leaf: end } = world({});
      const lists = [revocationList(ca, { revoked: [leaf(HOST, ca), end] })];
      return ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: lists });
    },
  },
  "revocation-known": {
    accepts: () => {
      const { root, ca, leaf: end } = world({});
      return ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: [revocationList(ca)] });
    },
    rejects: () => {
      const { root, ca, leaf: end } = world({});
      return ask({ leaf: end, pool: [ca], anchors: [root] }, { revocationLists: [revocationList(root)] });
    },
  },
} as const satisfies Partial<Record<RuleId, RuleCase>>;
