import type { RuleId } from "../../../../src/certificates/index.ts";
import {
  integer,
  implicit,
  octetString,
  sequence,
  objectIdentifier,
} from "../../../../src/sandbox/tls/der.ts";
import {
  basicConstraints,
  commonName,
  extension,
  general,
  keyUsage,
  name,
  names,
  text,
} from "../fixtures/der.ts";
import { day } from "../fixtures/issue.ts";
import { plain, withCa, withLeaf, withRoot, type RuleCase } from "./rule-case.ts";

const NO_EXTENSIONS = {
  basicConstraints: null,
  keyUsage: null,
  subjectKey: null,
  authorityKey: null,
  extendedKeyUsage: null,
  altName: null,
} as const;
const octets = (count: number, first = 0x7f) =>
  Buffer.concat([Buffer.from([first]), Buffer.alloc(count - 1, 1)]);
const info = sequence(sequence(objectIdentifier("1.3.6.1.5.5.7.48.2"), general.uri("http://example.com/ca")));

export const FORM = {
  "version-3": {
    accepts: () => plain(),
    rejects: () => withLeaf({ version: Buffer.alloc(0), with: NO_EXTENSIONS }),
    also: ["authority-key", "alt-name", "name-matches"],
  },
  "serial-number": {
    accepts: () => withLeaf({ serial: octets(20) }),
    rejects: () => withLeaf({ serial: octets(21) }),
  },
  "algorithms-agree": {
    accepts: () => plain(),
    rejects: () => withLeaf({ innerAlgorithm: sequence(objectIdentifier("1.2.840.10045.4.3.3")) }),
  },
  "issuer-named": {
    accepts: () => plain(),
    rejects: () => withLeaf({ issuerName: name() }),
    also: ["issuer"],
  },
  "no-unique-identifiers": {
    accepts: () => plain(),
    rejects: () => withLeaf({ uniqueIds: implicit(1, Buffer.from([0, 1])) }),
  },
  "time-encoding": {
    accepts: () => withLeaf({ notAfter: text(0x18, "20500101000000Z") }),
    rejects: () => withLeaf({ notAfter: text(0x18, "20490101000000Z") }),
  },
  "validity-order": {
    accepts: () => withLeaf({ notBefore: day(0), notAfter: day(0) }),
    rejects: () => withLeaf({ notBefore: day(2), notAfter: day(1) }),
    also: ["not-yet-valid"],
  },
  "not-yet-valid": {
    accepts: () => withCa({ notBefore: day(0) }),
    rejects: () => withCa({ notBefore: day(1) }),
  },
  expired: {
    accepts: () => withRoot({ notAfter: day(0) }),
    rejects: () => withRoot({ notAfter: day(-1), notBefore: day(-2) }),
  },
  "extension-once": {
    accepts: () => plain(),
    rejects: () => withLeaf({ more: [extension.keyUsage(keyUsage("digitalSignature"))] }),
  },
  "critical-extension-known": {
    accepts: () => withLeaf({ more: [extension.unknown(octetString(Buffer.alloc(1)))] }),
    rejects: () => withLeaf({ more: [extension.unknown(octetString(Buffer.alloc(1)), true)] }),
  },
  "extension-not-critical": {
    accepts: () => withLeaf({ more: [extension.authorityInfo(info)] }),
    rejects: () => withLeaf({ more: [extension.authorityInfo(info, true)] }),
  },
  "extension-critical": {
    accepts: () => withCa({ more: [extension.inhibitAnyPolicy(integer(0n))] }),
    rejects: () => withCa({ more: [extension.inhibitAnyPolicy(integer(0n), false)] }),
  },
  "cert-sign-needs-ca": {
    accepts: () => withLeaf({ with: { keyUsage: extension.keyUsage(keyUsage("digitalSignature")) } }),
    rejects: () =>
      withLeaf({ with: { keyUsage: extension.keyUsage(keyUsage("digitalSignature", "keyCertSign")) } }),
  },
  "path-length-needs-ca": {
    accepts: () =>
      withCa({ with: { basicConstraints: extension.basicConstraints(basicConstraints(true, 0)) } }),
    rejects: () =>
      withLeaf({ with: { basicConstraints: extension.basicConstraints(basicConstraints(false, 0)) } }),
  },
  "key-usage-set": {
    accepts: () => withLeaf({ with: { keyUsage: null } }),
    rejects: () => withLeaf({ with: { keyUsage: extension.keyUsage(keyUsage()) } }),
    also: ["server-key-usage"],
  },
  "authority-key": {
    accepts: () => withRoot({ with: { authorityKey: null } }),
    rejects: () => withCa({ with: { authorityKey: null } }),
  },
  "authority-key-only": {
    accepts: () =>
      withLeaf({ with: { authorityKey: extension.authorityKey(sequence(implicit(0, octets(20)))) } }),
    rejects: () =>
      withLeaf({
        with: {
          authorityKey: extension.authorityKey(sequence(implicit(0, octets(20)), implicit(2, octets(1)))),
        },
      }),
  },
  "root-key-identifiers": {
    accepts: () =>
      withRoot({
        with: {
          subjectKey: extension.subjectKey(octetString(octets(20))),
          authorityKey: extension.authorityKey(sequence(implicit(0, octets(20)))),
        },
      }),
    rejects: () =>
      withRoot({ with: { authorityKey: extension.authorityKey(sequence(implicit(0, octets(20)))) } }),
  },
  "subject-key": {
    accepts: () => withLeaf({ with: { subjectKey: null } }),
    rejects: () => withCa({ with: { subjectKey: null } }),
  },
  "alt-name-when-no-subject": {
    accepts: () =>
      withLeaf({
        subject: name(),
        with: { altName: extension.altName(names(general.dns("example.com")), true) },
      }),
    rejects: () => withLeaf({ subject: name() }),
  },
  "ca-named": {
    accepts: () => withCa({ subject: commonName("some CA") }),
    rejects: () => withCa({ subject: name() }),
    also: ["issuer-named"],
  },
} as const satisfies Partial<Record<RuleId, RuleCase>>;
