import type { AlgorithmIdentifier } from "./algorithm.ts";

/** A signature algorithm by its name: `rsa-sha256`, `rsa-pss`, `ecdsa-sha384`, `ed25519`, `dsa-sha1`, `rsa-sha3-256`, … */
export type SchemeName = string;

export interface SignatureScheme {
  readonly name: SchemeName;
  readonly family: "rsa" | "ecdsa" | "eddsa" | "dsa";
  /** As `node:crypto` names it; empty where the algorithm fixes it. */
  readonly hash: string;
  /** RFC 4055 section 5 wants NULL, RFC 5758 and RFC 8410 nothing, RFC 4055 section 3.1 a structure. */
  readonly parameters: "null" | "absent" | "pss";
}

const NIST = "2.16.840.1.101.3.4.3";
const PKCS1 = "1.2.840.113549.1.1";

const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ...numbered("rsa", "null", [
    ["md5", `${PKCS1}.4`],
    ["sha1", `${PKCS1}.5`],
    ["sha224", `${PKCS1}.14`],
    ["sha256", `${PKCS1}.11`],
    ["sha384", `${PKCS1}.12`],
    ["sha512", `${PKCS1}.13`],
    ["sha3-224", `${NIST}.13`],
    ["sha3-256", `${NIST}.14`],
    ["sha3-384", `${NIST}.15`],
    ["sha3-512", `${NIST}.16`],
  ]),
  ...numbered("ecdsa", "absent", [
    ["sha1", "1.2.840.10045.4.1"],
    ["sha224", "1.2.840.10045.4.3.1"],
    ["sha256", "1.2.840.10045.4.3.2"],
    ["sha384", "1.2.840.10045.4.3.3"],
    ["sha512", "1.2.840.10045.4.3.4"],
    ["sha3-224", `${NIST}.9`],
    ["sha3-256", `${NIST}.10`],
    ["sha3-384", `${NIST}.11`],
    ["sha3-512", `${NIST}.12`],
  ]),
  ...numbered("dsa", "absent", [
    ["sha1", "1.2.840.10040.4.3"],
    ["sha224", `${NIST}.1`],
    ["sha256", `${NIST}.2`],
    ["sha384", `${NIST}.3`],
    ["sha512", `${NIST}.4`],
  ]),
  [`${PKCS1}.10`, { name: "rsa-pss", family: "rsa", hash: "", parameters: "pss" }] as const,
  ["1.3.101.112", { name: "ed25519", family: "eddsa", hash: "", parameters: "absent" }] as const,
  ["1.3.101.113", { name: "ed448", family: "eddsa", hash: "", parameters: "absent" }] as const,
]);

function numbered(
  family: SignatureScheme["family"],
  parameters: SignatureScheme["parameters"],
  hashes: readonly (readonly [hash: string, id: string])[],
): readonly (readonly [id: string, scheme: SignatureScheme])[] {
  return hashes.map(([hash, id]) => [id, { name: `${family}-${hash}`, family, hash, parameters }]);
}

export function schemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  return SCHEMES.get(algorithm.id);
}

/** The three RSASSA-PSS parameters that BR 7.1.3.2.1 allows: MGF1 with the same hash, and a salt as long as it. */
const PSS_HASHES: ReadonlyMap<string, string> = new Map(
  (["sha256", "sha384", "sha512"] as const).map((hash, at) => {
    const hashId = `300d060960864801650304020${at + 1}0500`;
    const salt = ["20", "30", "40"][at] as string;
    return [`3034a00f${hashId}a11c301a06092a864886f70d010108${hashId}a2030201${salt}`, hash];
  }),
);

/** The hash of these RSASSA-PSS parameters; `undefined` when they are not among the three. */
export function pssHash(algorithm: AlgorithmIdentifier): string | undefined {
  return PSS_HASHES.get(Buffer.from(algorithm.parameters ?? []).toString("hex"));
}
