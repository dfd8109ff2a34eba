import { isoSeconds } from "../iso-seconds.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { nameText } from "../certificate/distinguished-name.ts";
import type { KeyKind } from "../certificate/public-key.ts";
import type { Verdict } from "../diagnosis/diagnosis.ts";
import { generalNameText } from "../names/general-name-text.ts";
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
    names: (known.subjectAltName ?? []).slice(0, MOST_NAMES).flatMap(generalNameText),
    key: keyText(publicKey.kind),
    ca: known.basicConstraints?.ca === true,
  };
}

export function summarizeVerdict({ ok, path }: Verdict): VerdictSummary {
  return { ok, path: path.map(({ subject }) => nameText(subject)) };
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
