import { USAGE, type RuleId } from "../../../../src/certificates/index.ts";
import { implicit, sequence } from "../../../../src/sandbox/tls/der.ts";
import { ask } from "../fixtures/ask.ts";
import {
  ANY_POLICY,
  basicConstraints,
  extension,
  general,
  keyUsage,
  nameConstraints,
  usages,
} from "../fixtures/der.ts";
import { authority, leaf, type Draft } from "../fixtures/issue.ts";
import { HOST, plain, withCa, withLeaf, withRoot, type RuleCase } from "./rule-case.ts";

/** root → ca (path length 0) → another CA → leaf. */
function twoCas(second: Draft) {
  const root = authority("root");
  const ca = authority("ca", { by: root, with: pathLength(0) });
  const next = authority("next", { by: ca, ...second });
  return { root, pool: [ca, next], leaf: leaf(HOST, next), ca };
}

const pathLength = (length: number) => ({
  basicConstraints: extension.basicConstraints(basicConstraints(true, length)),
});
const allows = (...ids: readonly string[]) => ({
  extendedKeyUsage: extension.extendedKeyUsage(usages(...ids)),
});
const constraints = (value: Buffer, critical = true) => ({
  with: { nameConstraints: extension.nameConstraints(value, critical) },
});
const host = constraints(nameConstraints([general.dns(HOST)]));

export const AUTHORITIES = {
  "is-ca": {
    accepts: () => plain(),
    rejects: () => withCa({ with: { basicConstraints: null, keyUsage: null } }),
    also: ["ca-key-usage"],
  },
  "basic-constraints-critical": {
    accepts: () =>
      withLeaf({ with: { basicConstraints: extension.basicConstraints(basicConstraints(false), false) } }),
    rejects: () =>
      withRoot({ with: { basicConstraints: extension.basicConstraints(basicConstraints(true), false) } }),
  },
  "ca-key-usage": {
    accepts: () => withLeaf({ with: { keyUsage: null } }),
    rejects: () => withCa({ with: { keyUsage: null } }),
  },
  "ca-cert-sign": {
    accepts: () => withCa({ with: { keyUsage: extension.keyUsage(keyUsage("keyCertSign")) } }),
    rejects: () => withCa({ with: { keyUsage: extension.keyUsage(keyUsage("cRLSign")) } }),
  },
  "ca-purpose": {
    accepts: () => withCa({ with: allows(USAGE.anyExtendedKeyUsage) }),
    rejects: () => withCa({ with: allows(USAGE.clientAuth) }),
  },
  "root-without-purpose": {
    accepts: () => withRoot({ with: allows(USAGE.serverAuth) }),
    rejects: () => withRoot({ with: allows(USAGE.serverAuth) }, { demandedUsages: [USAGE.serverAuth] }),
  },
  "path-length": {
    // A self-issued CA (key rollover) does not count.
    accepts: () => {
      const { root, pool, ca } = twoCas({});
      const rolled = authority("ca", { by: ca });
      return ask({ leaf: leaf(HOST, rolled), pool: [...pool, rolled], anchors: [root] });
    },
    rejects: () => {
      const { root, pool, leaf: end } = twoCas({});
      return ask({ leaf: end, pool, anchors: [root] });
    },
  },
  "max-depth": {
    accepts: () => plain({ maxDepth: 1 }),
    rejects: () => plain({ maxDepth: 0 }),
  },
  "constraints-of-ca": {
    accepts: () => withCa(host),
    rejects: () => withLeaf(host),
  },
  "constraints-critical": {
    accepts: () => withCa(host),
    rejects: () => withCa(constraints(nameConstraints([general.dns(HOST)]), false)),
  },
  "constraints-not-empty": {
    accepts: () => withCa(host),
    rejects: () => withCa(constraints(nameConstraints())),
  },
  "constraints-form": {
    accepts: () => withCa(constraints(nameConstraints(undefined, [general.ip(10, 0, 0, 0, 255, 0, 0, 0)]))),
    rejects: () => withCa(constraints(nameConstraints(undefined, [general.ip(10, 0, 0, 0, 255, 0, 255, 0)]))),
  },
  "names-permitted": {
    accepts: () => withCa(host),
    rejects: () => withCa(constraints(nameConstraints([general.dns("other.example")]))),
  },
  "names-not-excluded": {
    accepts: () => withCa(constraints(nameConstraints(undefined, [general.dns("below.example.com")]))),
    rejects: () => withCa(constraints(nameConstraints(undefined, [general.dns("com")]))),
  },
  "names-decidable": {
    accepts: () => withCa(constraints(nameConstraints([general.registeredId()]))),
    rejects: () => {
      const altName = extension.altName(sequence(general.dns(HOST), general.other()));
      const root = authority("root");
      const ca = authority("ca", { by: root, ...constraints(nameConstraints(undefined, [general.other()])) });
      return ask({ leaf: leaf(HOST, ca, { with: { altName } }), pool: [ca], anchors: [root] });
    },
  },
  "mapping-of-any-policy": {
    accepts: () => withCa({ more: [extension.policyMappings(sequence(usages("1.2.3", "1.2.4")))] }),
    rejects: () => withCa({ more: [extension.policyMappings(sequence(usages("1.2.3", ANY_POLICY)))] }),
  },
  policies: {
    accepts: () => withCa({ more: [extension.policyConstraints(sequence(implicit(0, Buffer.from([5]))))] }),
    rejects: () => withCa({ more: [extension.policyConstraints(sequence(implicit(0, Buffer.from([0]))))] }),
  },
} as const satisfies Partial<Record<RuleId, RuleCase>>;
