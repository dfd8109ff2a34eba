/**
 * A certificate that somebody else renews: certbot (its `live/` folder), a company's authority that drops files, a person.
 * Needs to be able to read the files.
 *
 * - A generation is known by its leaf's SHA-256 fingerprint. One that differs from the current version's makes the secret
 *   due; files that do not belong together, or were written just now, wait.
 * - `create` reads what is there; nothing carries the marker, and nothing can be found or listed.
 * - `verify` asks whether a fresh client would trust the chain as it is, whether key and names are right, and whether the
 *   certificate is worse than the one that it replaces (`accept` allows that).
 * - `revoke` does nothing: an ordinary renewal leaves the old certificate to expire. Where its key was stolen, have it
 *   revoked by whoever issued it.
 */
import { certificateFileSchema, type CertificateFileConfig } from "./certificate-file/config.ts";
import type { IssuerKind } from "../domain/ports.ts";

export const certificateFile: IssuerKind<CertificateFileConfig> = {
  kind: "certificate-file",
  material: "issued",
  authenticates: true,
  offers: true,
  parts: ["certificate", "chain", "fullchain", "key"],
  schema: certificateFileSchema,
  overlap: () => "dual",
  async connect(config, _secret, context) {
    const { CertificateFileIssuer } = await import("./certificate-file/certificate-file-issuer.ts");
    return new CertificateFileIssuer(config, context);
  },
};
