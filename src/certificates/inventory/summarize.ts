import { isoSeconds } from "../iso-seconds.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { nameText, printable } from "../certificate/distinguished-name.ts";
import type { GeneralName } from "../certificate/general-name.ts";
import type { KeyKind } from "../certificate/public-key.ts";
import type { Verdict } from "../diagnosis/diagnosis.ts";
import { ipText } from "../names/ip-address.ts";
import type { CertificateSummary, VerdictSummary } from "./report.ts";

const MOST_NAMES = 20;

export function summarize(certificate: Certificate, position: number): CertificateSummary {
  const { subject, issuer, serial, fingerprint, notBefore, notAfter, known, publicKey } = certificate;
  return {
    position,
    subject: nameText(subject),
    issuer: nameText(issuer),
    serial,
    fingerprint,
    notBefore: isoSeconds(notBefore.at),
    notAfter: isoSeconds(notAfter.at),
    names: (known.subjectAltName ?? []).slice(0, MOST_NAMES).flatMap(nameOf),
    key: keyText(publicKey.kind),
    ca: known.basicConstraints?.ca === true,
  };
}

export function summarizeVerdict({ ok, path }: Verdict): VerdictSummary {
  return { ok, path: path.map(({ subject }) => nameText(subject)) };
}

function nameOf(name: GeneralName): readonly string[] {
  if (name.kind === "dns" || name.kind === "email" || name.kind === "uri") return [printable(name.text)];
  return name.kind === "ip" ? [ipText(name.octets)] : [];
}

function keyText(kind: KeyKind): string {
  switch (kind.type) {
    case "rsa":
      return `RSA ${kind.bits}`;
    case "rsa-pss":
      return `RSASSA-PSS ${kind.bits}`;
    case "ec":
      return kind.curve;
    case "ed25519":
      return "Ed25519";
    case "ed448":
      return "Ed448";
    case "unsupported":
      return kind.what;
  }
}
