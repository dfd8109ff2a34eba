/** certbot's lineages, as `renewal/*.conf` and `live/` tell them (eff-certbot.readthedocs.io/en/stable/using.html). */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ipText } from "../../certificates/names/ip-address.ts";
import { parseCertificate, readPem } from "../../certificates/index.ts";
import { asRotationError, RotationError } from "../../domain/errors.ts";

export interface Lineage {
  readonly name: string;
  readonly fullchain: string;
  readonly key: string;
  /** What its certificate is for; empty where that cannot be read. */
  readonly names: readonly string[];
  /** Shell commands that certbot runs after a renewal. */
  readonly hooks: readonly string[];
  /** Why it cannot be taken over as it is; null when it can. */
  readonly problem: string | null;
}

export interface Certbot {
  readonly lineages: readonly Lineage[];
  /** Programs that certbot runs after every renewal. */
  readonly commonHooks: readonly string[];
}

/** Throws `config-not-found` when the folder has no `renewal/`. */
export function readCertbot(dir: string): Certbot {
  const root = resolve(dir);
  const files = list(join(root, "renewal")).filter((name) => name.endsWith(".conf"));
  return {
    lineages: files.map((file) => lineageOf(root, file)),
    commonHooks: ["deploy", "post"].flatMap((kind) => {
      const folder = join(root, "renewal-hooks", kind);
      return listIfThere(folder).map((name) => join(folder, name));
    }),
  };
}

function lineageOf(root: string, file: string): Lineage {
  const name = file.slice(0, -".conf".length);
  const settings = readSettings(join(root, "renewal", file));
  const live = (kind: string): string => settings.get(kind) ?? join(root, "live", name, `${kind}.pem`);
  const [fullchain, key] = [live("fullchain"), live("privkey")];
  const { names, problem } = namesIn(fullchain);
  const server = settings.get("server") ?? "";
  const staging = /staging|test/i.test(server) ? `it comes from ${server}, which nobody trusts` : null;
  const hooks = ["renew_hook", "deploy_hook", "post_hook"].flatMap((hook) => settings.get(hook) ?? []);
  return { name, fullchain, key, names, hooks, problem: staging ?? problem };
}

/** ConfigObj: `key = value`, sections in brackets; what certbot writes has no quotes and no continued lines. */
function readSettings(path: string): ReadonlyMap<string, string> {
  const lines = readFileSync(path, "utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined || value === "" || value === "None"
        ? []
        : [[key, value]];
    }),
  );
}

function namesIn(path: string): { readonly names: readonly string[]; readonly problem: string | null } {
  try {
    const [der] = readPem(readFileSync(path, "latin1"), "CERTIFICATE");
    const alternative = der === undefined ? [] : (parseCertificate(der).known.subjectAltName ?? []);
    const names = alternative.flatMap((each) => {
      if (each.kind === "dns") return [each.text];
      return each.kind === "ip" ? [ipText(each.octets)] : [];
    });
    return { names, problem: null };
  } catch (thrown) {
    const why = thrown instanceof RotationError ? thrown.message : asCode(thrown);
    return { names: [], problem: `${path} cannot be read: ${why}` };
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (thrown) {
    throw new RotationError("config-not-found", {
      kind: "rejected",
      message: `could not list ${folder} (${asCode(thrown)})`,
      hint: "Give certbot's configuration folder, and run keyturn as a user who may read it.",
    });
  }
}

function listIfThere(folder: string): readonly string[] {
  try {
    return list(folder);
  } catch {
    return [];
  }
}

function asCode(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? asRotationError(thrown).message;
}
