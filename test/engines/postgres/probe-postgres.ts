/** What a PostgreSQL server of our own needs of this machine. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const INSTALLED = "/usr/lib/postgresql";

/** Throws an Error that names what is missing. */
export function probePostgres(): void {
  const folder = binaries();
  for (const program of ["initdb", "postgres"]) {
    if (!existsSync(join(folder, program))) throw new Error(`${program} is not there (postgresql)`);
  }
  if (process.getuid?.() === 0) serverUser();
}

/** The newest that is installed; POSTGRES_BIN names another. */
export function binaries(): string {
  const named = process.env["POSTGRES_BIN"];
  if (named !== undefined) return named;
  const releases = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const [newest = "none"] = releases.toSorted((a, b) => Number(b) - Number(a));
  return join(INSTALLED, newest, "bin");
}

/** PostgreSQL refuses to be root. */
export function serverUser(): string {
  for (const name of ["postgres", "nobody"]) {
    try {
      execFileSync("id", ["-u", name], { stdio: "ignore" });
      return name;
    } catch {
      continue;
    }
  }
  throw new Error("there is no user that the server could run as (postgresql)");
}
