import type { Certificate } from "../certificate/certificate.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import type { GeneralName } from "../certificate/general-name.ts";
import { isDnsName } from "../names/dns-name.ts";
import { parseMailbox } from "../names/mailbox.ts";
import { isCritical } from "./authority-rules.ts";
import type { Violation } from "./finding.ts";

/** What RFC 5280 section 4.2.1.10 asks of the extension itself, whether or not it ever constrains a name. */
export function* constraintFormRules(certificate: Certificate): Iterable<Violation> {
  const { nameConstraints, basicConstraints } = certificate.known;
  if (nameConstraints === undefined) return;
  if (basicConstraints?.ca !== true)
    yield { rule: "constraints-of-ca", detail: "it has name constraints, but it is not a CA" };
  if (!isCritical(certificate, EXTENSION.nameConstraints))
    yield { rule: "constraints-critical", detail: "its name constraints are not critical" };
  const { permitted, excluded } = nameConstraints;
  const isEmpty = permitted === undefined && excluded === undefined;
  if (isEmpty || permitted?.length === 0 || excluded?.length === 0)
    yield { rule: "constraints-not-empty", detail: "its name constraints have an empty list" };
  for (const base of [...(permitted ?? []), ...(excluded ?? [])]) {
    const problem = formProblem(base);
    if (problem !== undefined) yield { rule: "constraints-form", detail: problem };
  }
}

function formProblem(base: GeneralName): string | undefined {
  switch (base.kind) {
    case "dns":
      return base.text === "" || isDnsName(base.text) ? undefined : "a dNSName constraint is not a host name";
    case "ip":
      return isAddressRange(base.octets) ? undefined : "an iPAddress constraint is not an address and a mask";
    case "email":
      return isMailboxConstraint(base.text)
        ? undefined
        : "an rfc822Name constraint is neither a mailbox nor a host nor a .domain";
    case "uri":
      return isHostOrDomain(base.text) ? undefined : "a URI constraint is neither a host nor a .domain";
    case "directory":
    case "other":
    case "x400":
    case "edi":
    case "registered-id":
      return undefined;
  }
}

function isMailboxConstraint(text: string): boolean {
  return text.includes("@") ? parseMailbox(text) !== undefined : isHostOrDomain(text);
}

function isHostOrDomain(text: string): boolean {
  return text === "" || isDnsName(text.startsWith(".") ? text.slice(1) : text);
}

/** Address and mask of 4 or 16 octets each; the mask has its ones in front, as in CIDR (RFC 4632). */
function isAddressRange(octets: Uint8Array): boolean {
  if (octets.length !== 8 && octets.length !== 32) return false;
  const mask = octets.subarray(octets.length / 2);
  let seenZero = false;
  for (const octet of mask) {
    if (seenZero && octet !== 0) return false;
    if (octet !== 0xff) {
      const zeros = ~octet & 0xff;
      if ((zeros & (zeros + 1)) !== 0) return false;
      seenZero = true;
    }
  }
  return true;
}
