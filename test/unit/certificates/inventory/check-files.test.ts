/** Files as OpenSSL writes them, and files that nobody should have written. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  checkTargets,
  parseCertificate,
  readPem,
  type CheckOrder,
} from "../../../../src/certificates/index.ts";
import { OpensslAuthority } from "../../../pki/openssl.ts";
import { tempFolder } from "../../../temp-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "keyturn-test-"));
let ca: OpensslAuthority;

beforeAll(() => {
  ca = new OpensslAuthority(folder);
  ca.leaf("shop");
  ca.leaf("rsa", { key: "rsa" });
});

afterAll(() => rmSync(folder, { recursive: true }));

const NOBODY = {
  served: () => Promise.reject(new Error("no server is asked")),
  dockerConfig: () => Promise.reject(new Error("no config is asked for")),
};

function check(paths: readonly string[], more: Partial<CheckOrder> = {}) {
  const trust = readPem(ca.read("root.pem"), "CERTIFICATE").map(parseCertificate);
  const targets = paths.map((path) => ({ kind: "path" as const, path }));
  const order = { targets, trust, pool: [], names: [], at: Date.now(), ...more };
  return checkTargets(order, NOBODY, new AbortController().signal);
}

/** Of one file: what it holds, and the rules that are told; or the code of its error. */
async function told(path: string, more: Partial<CheckOrder> = {}) {
  const [report] = await check([path], more);
  return [report?.error?.code ?? report?.holds, ...(report?.findings ?? []).map(({ rule }) => rule)];
}

describe("every format", () => {
  it("PEM, with text around it and any line end", async () => {
    const chain = ca.read("shop-chain.pem");
    const file = join(tempFolder(), "odd.pem");
    writeFileSync(file, `subject=CN = shop\r\n${chain.replaceAll("\n", "\r\n")}trailing text`);
    expect(await told(file)).toEqual(["chain"]);
  });

  it("DER: a certificate, a key", async () => {
    ca.run("x509", "-in", "shop.pem", "-outform", "DER", "-out", "shop.der");
    ca.run("pkey", "-in", "shop.key", "-outform", "DER", "-out", "shop.key.der");
    chmodSync(ca.path("shop.key.der"), 0o600);
    expect(await told(ca.path("shop.der"))).toEqual(["chain", "missing-intermediate"]);
    expect(await told(ca.path("shop.key.der"))).toEqual(["keys"]);
  });

  it.each([
    ["PEM", "p7b"],
    ["DER", "p7c"],
  ])("PKCS#7 in %s, which keeps no order", async (form, ending) => {
    ca.run(
      "crl2pkcs7",
      "-nocrl",
      "-certfile",
      "issuing.pem",
      "-certfile",
      "shop.pem",
      "-outform",
      form,
      "-out",
      `shop.${ending}`,
    );
    expect(await told(ca.path(`shop.${ending}`))).toEqual(["chain"]);
  });

  it.each(["shop", "rsa"])("PKCS#12, with its key and password: %s", async (name) => {
    ca.run(
      "pkcs12",
      "-export",
      "-in",
      `${name}.pem`,
      "-inkey",
      `${name}.key`,
      "-certfile",
      "issuing.pem",
      "-passout",
      "pass:open sesame",
      "-out",
      `${name}.p12`,
    );
    chmodSync(ca.path(`${name}.p12`), 0o600);
    expect(await told(ca.path(`${name}.p12`), { password: "open sesame" })).toEqual(["chain"]);
    expect(await told(ca.path(`${name}.p12`))).toEqual(["certificate-locked"]);
    expect(await told(ca.path(`${name}.p12`), { password: "wrong" })).toEqual(["certificate-locked"]);
    const [report] = await check([ca.path(`${name}.p12`)], { password: "open sesame" });
    const der = readPem(ca.read(`${name}.pem`), "CERTIFICATE").map(parseCertificate);
    expect(report?.certificates[0]?.fingerprint).toBe(der[0]?.fingerprint);
  });

  it("an encrypted key, with and without its password", async () => {
    ca.run("pkcs8", "-topk8", "-in", "rsa.key", "-passout", "pass:x", "-out", "locked.key");
    const both = join(tempFolder(), "both.pem");
    writeFileSync(both, ca.read("shop-chain.pem") + ca.read("locked.key"), { mode: 0o600 });
    expect(await told(both)).toEqual(["chain", "key-matches"]);
    expect((await check([both]))[0]?.findings[0]?.level).toBe("notice");
    expect(await told(both, { password: "x" })).toEqual(["chain", "key-matches"]);
    expect((await check([both], { password: "x" }))[0]?.findings[0]?.level).toBe("error");
  });

  it("a trust store is no chain", async () => {
    const store = join(tempFolder(), "store.pem");
    writeFileSync(store, ca.read("root.pem") + ca.read("issuing.pem"));
    expect(await told(store)).toEqual(["authorities"]);
    expect(await told(store, { at: Date.now() + 4_000 * 86_400_000 })).toEqual([
      "authorities",
      "expired",
      "expired",
    ]);
  });
});

describe("keys", () => {
  it("that everybody may read", async () => {
    const key = join(tempFolder(), "open.key");
    writeFileSync(key, ca.read("shop.key"));
    chmodSync(key, 0o644);
    expect(await told(key)).toEqual(["keys", "key-private"]);
    chmodSync(key, 0o640);
    expect(await told(key)).toEqual(["keys"]);
  });

  it("in the same file, of this certificate or another", async () => {
    const files = tempFolder();
    writeFileSync(join(files, "good.pem"), ca.read("shop.key") + ca.read("shop-chain.pem"), { mode: 0o600 });
    writeFileSync(join(files, "bad.pem"), ca.read("rsa.key") + ca.read("shop-chain.pem"), { mode: 0o600 });
    expect(await told(join(files, "good.pem"))).toEqual(["chain"]);
    expect(await told(join(files, "bad.pem"))).toEqual(["chain", "key-matches"]);
  });

  it("beside a certificate, by the names of the files", async () => {
    const files = tempFolder();
    writeFileSync(join(files, "a.crt"), ca.read("shop-chain.pem"));
    writeFileSync(join(files, "a.key"), ca.read("shop.key"), { mode: 0o600 });
    expect((await check([files])).flatMap(({ findings }) => findings)).toEqual([]);
    writeFileSync(join(files, "b.crt"), ca.read("rsa-chain.pem"));
    writeFileSync(join(files, "b.key"), ca.read("issuing.key"), { mode: 0o600 });
    const found = (await check([files])).flatMap(({ target, findings }) =>
      findings.map((one) => ({ target, ...one })),
    );
    expect(found).toMatchObject([{ target: join(files, "b.key"), rule: "key-matches", level: "error" }]);
    expect(found[0]?.message).toContain("b.crt (CN=rsa.example.com)");
  });

  it("that are named with a certificate", async () => {
    const [chain, key] = await check([ca.path("shop-chain.pem"), ca.path("rsa.key")]);
    expect(chain?.findings).toEqual([]);
    expect(key?.findings.map(({ rule }) => rule)).toEqual(["key-matches"]);
  });
});

describe("folders", () => {
  it("are searched to their ground, each file by its name or its beginning; links in circles end", async () => {
    const files = tempFolder();
    mkdirSync(join(files, "deep/er"), { recursive: true });
    symlinkSync(files, join(files, "deep/er/circle"));
    writeFileSync(join(files, "deep/er/no-ending"), ca.read("shop-chain.pem"));
    writeFileSync(join(files, "notes.txt"), "no certificate");
    writeFileSync(join(files, "request.pem"), ca.read("shop.csr"));
    symlinkSync(ca.path("rsa-chain.pem"), join(files, "linked.pem"));
    symlinkSync(join(files, "gone"), join(files, "broken.pem"));
    const reports = await check([files]);
    expect(reports.map(({ target, error }) => [target, error])).toEqual([
      [join(files, "linked.pem"), null],
      [join(files, "deep/er/no-ending"), null],
    ]);
  });

  it("help each other: an intermediate in one file mends the chain in another, for a client that knows both", async () => {
    const files = tempFolder();
    writeFileSync(join(files, "leaf.pem"), ca.read("shop.pem"));
    writeFileSync(join(files, "other.pem"), ca.read("issuing.pem"));
    const [leaf] = await check([files]);
    expect([leaf?.alone?.ok, leaf?.pooled?.ok]).toEqual([false, true]);
    expect(leaf?.findings).toMatchObject([
      { rule: "missing-intermediate", missing: { subject: "CN=Test Issuing", uris: [] } },
    ]);
  });
});

describe("what cannot be read", () => {
  it.each<[string, (chain: string) => string | Buffer, string]>([
    ["cut short", (chain) => chain.slice(0, 900), "chain"],
    ["not base64", (chain) => chain.replace("MII", "M*I"), "chain"],
    ["two files mixed", (chain) => chain.slice(0, 400) + chain, "chain"],
  ])("%s is told as such", async (_what, broken) => {
    const file = join(tempFolder(), "broken.pem");
    writeFileSync(file, broken(ca.read("shop-chain.pem")));
    expect(await told(file)).toContain("well-formed");
  });

  it.each<[string, string | Buffer, string]>([
    ["empty", "", "certificate-malformed"],
    ["no certificate", "hello", "certificate-malformed"],
    ["10 MiB", Buffer.alloc(10 * 1024 * 1024, 0x30), "certificate-unreadable"],
    ["nested without end", Buffer.from("3080".repeat(1_000_000), "hex"), "certificate-malformed"],
    ["a length beyond its end", Buffer.from("3084ffffffff0000", "hex"), "certificate-malformed"],
  ])("%s", async (_what, content, code) => {
    const file = join(tempFolder(), "broken.pem");
    writeFileSync(file, content);
    const begin = performance.now();
    expect((await told(file))[0]).toBe(code);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  it("a named file that holds nothing, or is not there", async () => {
    expect(await told(ca.path("shop.csr"))).toEqual(["certificate-unreadable"]);
    expect(await told(join(folder, "gone.pem"))).toEqual(["certificate-unreadable"]);
  });

  it("a PKCS#12 file that asks for years of work", async () => {
    ca.run(
      "pkcs12",
      "-export",
      "-iter",
      "200000",
      "-in",
      "shop.pem",
      "-inkey",
      "shop.key",
      "-passout",
      "pass:x",
      "-out",
      "slow.p12",
    );
    const begin = performance.now();
    expect(await told(ca.path("slow.p12"), { password: "x" })).toEqual(["certificate-malformed"]);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
