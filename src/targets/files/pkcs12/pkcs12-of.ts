import { writePkcs12 } from "./write-pkcs12.ts";
import { readPem } from "../../../certificates/index.ts";
import { RotationError } from "../../../domain/errors.ts";
import type { Material } from "../../../domain/material.ts";

/** A version's key, certificate and chain as one PKCS#12 file. The caller wipes it. */
export function pkcs12Of(material: Material, name: string, password: string): Buffer {
  const { key, fullchain } = material;
  if (key === undefined || fullchain === undefined) {
    throw new RotationError("template-invalid", {
      kind: "rejected",
      message: "a PKCS#12 file holds a key and its certificate, which this version does not have",
      hint: "Use it for secrets whose issuer makes certificates.",
    });
  }
  const certificates = fullchain.reveal((text) => readPem(text, "CERTIFICATE"));
  return key.revealBytes((bytes) => writePkcs12({ key: bytes, certificates, name, password }));
}
