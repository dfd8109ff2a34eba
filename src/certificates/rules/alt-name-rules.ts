import type { Certificate } from "../certificate/certificate.ts";
import { COMMON_NAME } from "../certificate/distinguished-name.ts";
import type { GeneralName } from "../certificate/general-name.ts";
import { isDnsName, looksLikeAddress, wildcardBase } from "../names/dns-name.ts";
import { ipOctets, ipText, isReservedAddress } from "../names/ip-address.ts";
import { parseMailbox } from "../names/mailbox.ts";
import { isPublicName, isPublicSuffix } from "../names/public-suffix.ts";
import { isAbsoluteUri } from "../names/uri-host.ts";
import type { Violation } from "./finding.ts";

/** The form of every alternative name of a leaf, and the common name's copy among them. */
export function* altNameRules(certificate: Certificate): Iterable<Violation> {
  const names = certificate.known.subjectAltName ?? [];
  for (const name of names) yield* nameRules(name);
  yield* commonNameRules(certificate, names);
}

function* nameRules(name: GeneralName): Iterable<Violation> {
  if (name.kind === "dns") yield* dnsRules(name.text);
  else if (name.kind === "ip" && name.octets.length !== 4 && name.octets.length !== 16)
    yield { rule: "alt-name-form", detail: `an address has ${name.octets.length} octets` };
  else if (name.kind === "email" && parseMailbox(name.text) === undefined)
    yield { rule: "alt-name-form", detail: `${shown(name.text)} is not a mailbox` };
  else if (name.kind === "uri" && !isAbsoluteUri(name.text))
    yield { rule: "alt-name-form", detail: `${shown(name.text)} is not an absolute URI` };
}

function* dnsRules(text: string): Iterable<Violation> {
  if (!text.includes("*")) {
    if (!isDnsName(text)) yield { rule: "alt-name-form", detail: `${shown(text)} is not a host name` };
    return;
  }
  const base = wildcardBase(text);
  if (base === undefined)
    yield { rule: "wildcard", detail: `${shown(text)} has a wildcard that is not its whole first label` };
  else if (isPublicSuffix(base))
    yield { rule: "wildcard-public-suffix", detail: `${shown(text)} stands right below a public suffix` };
}

function* commonNameRules({ subject }: Certificate, names: readonly GeneralName[]): Iterable<Violation> {
  const copies = new Set(names.flatMap(asCommonName));
  if (copies.size === 0) return;
  const isLocal = names.some(isLocalName);
  const commonNames = subject.attributes.filter(({ type }) => type === COMMON_NAME);
  if (commonNames.length > 1 && !isLocal)
    yield { rule: "common-name-in-alt-names", detail: `it has ${commonNames.length} common names` };
  for (const { text } of commonNames) {
    if (copies.has(text) || (isLocal && !isRespelling(text, copies))) continue;
    yield {
      rule: "common-name-in-alt-names",
      detail: `its common name ${shown(text)} is not among its alternative names as it is`,
    };
  }
}

/** The domain of a wildcard name may stand for it: whoever controls one controls the other (BR 3.2.2.6). */
function asCommonName(name: GeneralName): readonly string[] {
  if (name.kind === "dns") return [name.text, wildcardBase(name.text)].filter((text) => text !== undefined);
  return name.kind === "ip" ? [ipText(name.octets)] : [];
}

/** A name for which no public CA may issue (BR 4.2.2): the certificate is a private CA's, whose common names are its own. */
function isLocalName(name: GeneralName): boolean {
  if (name.kind === "dns") return !isPublicName(name.text);
  return name.kind === "ip" && isReservedAddress(name.octets);
}

/** One of the names spelled otherwise: in other case, or as an address in another form. That is never a copy. */
function isRespelling(text: string, copies: ReadonlySet<string>): boolean {
  const lower = text.toLowerCase();
  if ([...copies].some((copy) => copy.toLowerCase() === lower)) return true;
  const octets = ipOctets(text);
  return octets === undefined ? looksLikeAddress(text) : ipText(octets) !== text;
}

function shown(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100)}"`;
}
