import type { Certificate } from "./certificate/certificate.ts";
import type { GeneralName } from "./certificate/general-name.ts";
import type { KeyKind } from "./certificate/public-key.ts";
import { ipText, sameOctets } from "./names/ip-address.ts";
import { matchesHost } from "./names/dns-name.ts";

/** In what a certificate may be worse than the one that it replaces. */
export type Setback = "earlier-expiry" | "fewer-names" | "weaker-key";

/** What the new leaf takes away from those who used the old one, each with a sentence that says so. */
export function setbacks(old: Certificate, next: Certificate): ReadonlyMap<Setback, string> {
  const found = new Map<Setback, string>();
  if (next.notAfter.at < old.notAfter.at) {
    const [ends, ended] = [next, old].map(({ notAfter }) => new Date(notAfter.at).toISOString());
    found.set("earlier-expiry", `it expires at ${ends}, before the one that it replaces (${ended})`);
  }
  const lost = (old.known.subjectAltName ?? []).filter((name) => !covers(next, name)).flatMap(nameOf);
  if (lost.length > 0) found.set("fewer-names", `it is no longer for ${lost.slice(0, 10).join(", ")}`);
  const [before, now] = [strength(old.publicKey.kind), strength(next.publicKey.kind)];
  if (now < before)
    found.set("weaker-key", `its key is worth ${now} bits, and that of the one before ${before}`);
  return found;
}

/** NIST SP 800-57 part 1, table 2. An RSA key counts no more than P-256: changing from one to the other is no setback. */
function strength(kind: KeyKind): number {
  switch (kind.type) {
    case "rsa":
    case "rsa-pss":
      return kind.bits >= 3072 ? 128 : kind.bits >= 2048 ? 112 : 80;
    case "ec":
      return { "P-256": 128, "P-384": 192, "P-521": 256 }[kind.curve];
    case "ed25519":
      return 128;
    case "ed448":
      return 224;
    case "unsupported":
      return 0;
  }
}

function covers({ known }: Certificate, name: GeneralName): boolean {
  return (known.subjectAltName ?? []).some((each) => {
    if (each.kind === "ip") return name.kind === "ip" && sameOctets(each.octets, name.octets);
    if (each.kind !== "dns" || name.kind !== "dns") return each.kind === name.kind && each.kind !== "email";
    return each.text.toLowerCase() === name.text.toLowerCase() || matchesHost(each.text, name.text);
  });
}

function nameOf(name: GeneralName): readonly string[] {
  if (name.kind === "dns" || name.kind === "email" || name.kind === "uri") return [name.text];
  return name.kind === "ip" ? [ipText(name.octets)] : [];
}
