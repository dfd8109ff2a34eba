import { USAGE, type RuleId } from "../../../../src/certificates/index.ts";
import {
  basicConstraints,
  commonName,
  extension,
  general,
  keyUsage,
  names,
  usages,
} from "../fixtures/der.ts";
import { HOST, plain, withLeaf, type RuleCase } from "./rule-case.ts";

const altNames = (...list: readonly Buffer[]) => ({
  with: { altName: extension.altName(names(general.dns(HOST), ...list)) },
});
const states = (critical: boolean, ...ids: readonly string[]) => ({
  with: { extendedKeyUsage: extension.extendedKeyUsage(usages(...ids), critical) },
});
const demanded = { demandedUsages: [USAGE.serverAuth] };
const caKeys = {
  basicConstraints: extension.basicConstraints(basicConstraints(true)),
  subjectKey: extension.subjectKey(Buffer.from([4, 1, 1])),
};

export const LEAVES = {
  "leaf-not-ca": {
    accepts: () =>
      withLeaf({ with: { basicConstraints: extension.basicConstraints(basicConstraints(false)) } }),
    rejects: () => withLeaf({ with: caKeys }),
  },
  "alt-name": {
    accepts: () => plain(),
    rejects: () => withLeaf({ with: { altName: null } }, { names: [] }),
  },
  "alt-name-not-critical": {
    accepts: () => plain(),
    rejects: () => withLeaf({ with: { altName: extension.altName(names(general.dns(HOST)), true) } }),
  },
  "alt-name-form": {
    accepts: () => withLeaf(altNames(general.email("a@example.com"), general.uri("https://example.com/"))),
    rejects: () => withLeaf(altNames(general.dns("under_score.example.com"))),
  },
  wildcard: {
    accepts: () => withLeaf(altNames(general.dns("*.example.com"))),
    rejects: () => withLeaf(altNames(general.dns("w*.example.com"))),
  },
  "wildcard-public-suffix": {
    accepts: () => withLeaf(altNames(general.dns("*.example.co.uk"))),
    rejects: () => withLeaf(altNames(general.dns("*.co.uk"))),
  },
  "common-name-in-alt-names": {
    // No public CA may issue for 10.0.0.1: a private CA's common names are its own business.
    accepts: () => withLeaf({ subject: commonName("front door"), ...altNames(general.ip(10, 0, 0, 1)) }),
    rejects: () => withLeaf({ subject: commonName("Example.com") }),
  },
  "leaf-key-usage": {
    accepts: () => plain({ keyUsages: ["digitalSignature"] }),
    rejects: () => plain({ keyUsages: ["digitalSignature", "keyEncipherment"] }),
  },
  "server-key-usage": {
    accepts: () => withLeaf({ with: { keyUsage: extension.keyUsage(keyUsage("keyEncipherment")) } }),
    rejects: () => withLeaf({ with: { keyUsage: extension.keyUsage(keyUsage("cRLSign")) } }),
  },
  purpose: {
    accepts: () => withLeaf(states(false, USAGE.clientAuth, USAGE.serverAuth)),
    rejects: () => withLeaf(states(false, USAGE.clientAuth)),
  },
  "purpose-stated": {
    accepts: () => withLeaf({ with: { extendedKeyUsage: null } }),
    rejects: () => withLeaf({ with: { extendedKeyUsage: null } }, demanded),
  },
  "purpose-not-any": {
    accepts: () => withLeaf(states(false, USAGE.serverAuth, USAGE.anyExtendedKeyUsage)),
    rejects: () => withLeaf(states(false, USAGE.serverAuth, USAGE.anyExtendedKeyUsage), demanded),
  },
  "purpose-not-critical": {
    accepts: () => withLeaf(states(true, USAGE.serverAuth)),
    rejects: () => withLeaf(states(true, USAGE.serverAuth), demanded),
  },
  "name-matches": {
    accepts: () =>
      withLeaf(altNames(general.dns("*.example.com")), {
        names: [{ kind: "dns", value: "WWW.example.com" }],
      }),
    rejects: () =>
      withLeaf(altNames(general.dns("*.example.com")), {
        names: [{ kind: "dns", value: "a.b.example.com" }],
      }),
  },
} as const satisfies Partial<Record<RuleId, RuleCase>>;
