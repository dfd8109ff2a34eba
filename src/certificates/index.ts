/** The chain checker's front door. */
export type { Certificate } from "./certificate/certificate.ts";
export { setbacks, type Setback } from "./compare.ts";
export { judgeList, type Distrust } from "./judge-list.ts";
export { parseCertificate } from "./certificate/parse-certificate.ts";
export type { PeerName } from "./names/peer-name.ts";
export { buildPath } from "./path/build-path.ts";
export type { PathAnswer, PathQuestion } from "./path/question.ts";
export { readPem } from "./pem.ts";
export { parseRevocationList } from "./revocation/parse-revocation-list.ts";
export type { RevocationList } from "./revocation/revocation-list.ts";
export type { Finding } from "./rules/finding.ts";
export { RFC5280, WEB_PKI, type Profile } from "./rules/profile.ts";
export { RULES, type RuleId } from "./rules/rules.ts";
export { USAGE } from "./rules/use.ts";
export { anchorsFrom } from "./trust-store.ts";
