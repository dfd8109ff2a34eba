/** A folder in which somebody else renews, as certbot's `live/` does. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IssuedFiles } from "./authority.ts";

export interface RenewalFolder {
  readonly path: string;
  /** Paths as the configuration of `certificate-file` names them. */
  readonly leaf: Readonly<Record<string, unknown>>;
  put(files: Partial<IssuedFiles>, writtenAgoMs?: number): void;
}

const NAMES = { certificate: "cert.pem", chain: "chain.pem", fullchain: "fullchain.pem", key: "privkey.pem" };

export function renewalFolder(path: string, root: string): RenewalFolder {
  mkdirSync(path, { recursive: true });
  const caFile = join(path, "ca.pem");
  writeFileSync(caFile, root);
  return {
    path,
    leaf: {
      kind: "certificate-file",
      certificateFile: join(path, NAMES.fullchain),
      keyFile: join(path, NAMES.key),
      caFile,
      quiet: "1ms",
    },
    put(files, writtenAgoMs = 60_000) {
      for (const [part, name] of Object.entries(NAMES)) {
        const content = files[part as keyof typeof NAMES];
        if (content === undefined) continue;
        writeFileSync(join(path, name), content, { mode: part === "key" ? 0o600 : 0o644 });
        const at = new Date(Date.now() - writtenAgoMs);
        utimesSync(join(path, name), at, at);
      }
    },
  };
}
