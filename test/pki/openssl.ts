/** Certificates as OpenSSL makes them: what people have on their disks. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}

const CA =
  "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";
const LEAF =
  "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

/** A folder with `root.pem`, `issuing.pem` and whatever `leaf` adds; keys are `NAME.key`, 0600. */
export class OpensslAuthority {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#key("root", "ec");
    this.#request("root", "/CN=Test Root");
    this.#sign("root", ["-signkey", "root.key", "-days", "3650"], CA);
    this.#key("issuing", "ec");
    this.#request("issuing", "/CN=Test Issuing");
    this.#sign("issuing", [...by("root"), "-days", "1825"], `${CA}authorityKeyIdentifier=keyid\n`);
  }

  /** Writes NAME.key, NAME.pem (the leaf alone) and NAME-chain.pem (with the intermediate). */
  leaf(
    name: string,
    { hosts = "DNS:localhost,IP:127.0.0.1", key = "ec", days = "60", more = "" }: LeafOrder = {},
  ): void {
    this.#key(name, key);
    this.#request(name, `/CN=${name}.example.com`);
    this.#sign(name, [...by("issuing"), "-days", days], `${LEAF}subjectAltName=${hosts}\n${more}`);
    writeFileSync(this.path(`${name}-chain.pem`), this.read(`${name}.pem`) + this.read("issuing.pem"));
  }

  /** Runs `openssl` in the folder. */
  run(...args: readonly string[]): void {
    openssl(this.folder, ...args);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  #key(name: string, kind: "ec" | "rsa"): void {
    const algorithm = kind === "ec" ? ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["RSA"];
    this.run("genpkey", "-algorithm", ...algorithm, "-out", `${name}.key`);
  }

  #request(name: string, subject: string): void {
    this.run("req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
  }

  #sign(name: string, how: readonly string[], extensions: string): void {
    writeFileSync(this.path(`${name}.ext`), extensions);
    this.run("x509", "-req", "-in", `${name}.csr`, ...how, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  }
}

export interface LeafOrder {
  readonly hosts?: string;
  readonly key?: "ec" | "rsa";
  readonly days?: string;
  /** Further extensions, a line each. */
  readonly more?: string;
}

function by(name: string): readonly string[] {
  return ["-CA", `${name}.pem`, "-CAkey", `${name}.key`, "-CAcreateserial"];
}
