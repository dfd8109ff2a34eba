/** 10,000 files through `cert check`, beside what people use today, on the same files and in the same run. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peakMemory, timed } from "../child.ts";
import { writeLeaves } from "../write-leaves.ts";
import { median, mib, ms, type Row } from "../table.ts";

const COUNT = 10_000;
/** What starts a process a file is measured on so many, and told for all. */
const SAMPLE = 200;
const KEYTURN = fileURLToPath(new URL("../../bin/keyturn", import.meta.url));

const BARE = `
const { X509Certificate } = require("node:crypto"), { readdirSync, readFileSync } = require("node:fs");
const [, folder] = process.argv;
let seen = 0;
for (const name of readdirSync(folder)) {
  const { subject, issuer, validTo, fingerprint256 } = new X509Certificate(readFileSync(folder + "/" + name));
  seen += subject.length + issuer.length + validTo.length + fingerprint256.length;
}`;

export function certificateFiles(): readonly Row[] {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-bench-"));
  try {
    const { leaves, root, issuing } = writeLeaves(folder, COUNT);
    const args = ["cert", "check", leaves, "--trust", root, "--json"];
    // Once before, to have its code compiled. It exits 0 only when every chain was found good.
    timed(KEYTURN, ["cert", "check", root, "--trust", root]);
    const wallMs = median([timed(KEYTURN, args), timed(KEYTURN, args), timed(KEYTURN, args)]);
    const peakBytes = peakMemory(KEYTURN, args);
    const bare = timed(process.execPath, ["-e", BARE, leaves]);
    const row = (against: string, theirs: number): Row => ({
      what: `${COUNT} certificate files`,
      keyturn: `${ms(wallMs)}, ${mib(peakBytes)} in all`,
      against: `${against} ${ms(theirs)}`,
      ratio: `${(wallMs / theirs).toFixed(2)} times`,
      aim: "< 4 s, < 250 MB",
      met: wallMs < 4_000 && peakBytes < 250e6,
    });
    return [
      row("bare X509Certificate", bare),
      ...perFile(leaves, { root, issuing }).map(([name, theirs]) => row(name, theirs)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds for all files, from those of a sample. */
function perFile(
  leaves: string,
  { root, issuing }: { readonly root: string; readonly issuing: string },
): readonly (readonly [string, number])[] {
  const sample = readdirSync(leaves)
    .slice(0, SAMPLE)
    .map((name) => join(leaves, name));
  const all = (tool: string, args: (path: string) => readonly string[]): number =>
    (sample.reduce((sum, path) => sum + timed(tool, args(path)), 0) * COUNT) / SAMPLE;
  const x509 = ["-noout", "-subject", "-issuer", "-enddate", "-fingerprint", "-sha256"];
  return [
    ["openssl x509 a file", all("openssl", (path) => ["x509", "-in", path, ...x509])],
    [
      "openssl verify a file",
      all("openssl", (path) => ["verify", "-CAfile", root, "-untrusted", issuing, path]),
    ],
    ...(isInstalled("ssl-cert-check")
      ? [["ssl-cert-check a file", all("ssl-cert-check", (path) => ["-c", path])] as const]
      : []),
  ];
}

export function isInstalled(tool: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" }).status === 0;
}
