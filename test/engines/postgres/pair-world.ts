/** keyturn as a child process, a real server, and an application that signs in all the time with what stands in its file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSecret } from "../../../src/sandbox/app/held-secret.ts";
import {
  commandEnvironment,
  startKeyturn,
  type Finished,
  type Running,
} from "../../e2e/world/start-keyturn.ts";
import { removeFaketimeTraces, WorldClock } from "../../e2e/world/world-clock.ts";
import { writeConfig, type Section } from "../../e2e/world/write-config.ts";
import { startWireTap, type WireTap } from "../../stand-ins/postgres/wire-tap.ts";
import type { PostgresServer } from "./start-postgres.ts";

/** Whose password it is that is rotated. */
export type Whose = "an application" | "keyturn itself";

export const SECRET = "database";
const HAND_MADE = "made-by-hand-before-keyturn-came";
const PAUSE_MS = 20;

export interface PairWorld {
  readonly folder: string;
  readonly stateDir: string;
  readonly roles: readonly string[];
  readonly clock: WorldClock;
  readonly tap: WireTap;
  /** Every password that ever stood in the file. */
  readonly canaries: ReadonlySet<string>;
  readonly printed: readonly string[];
  signIns(): { readonly tried: number; readonly failed: readonly string[] };
  heldVersion(): number;
  start(args: readonly string[]): Running;
  keyturn(...args: readonly string[]): Promise<Finished>;
  close(): Promise<void>;
}

export async function startPairWorld(
  server: PostgresServer,
  whose: Whose,
  overlap = "1s",
): Promise<PairWorld> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "keyturn-pair-")));
  const file = join(folder, "secrets", "credential");
  const roles = whose === "keyturn itself" ? ["keyturn_a", "keyturn_b"] : ["shop_a", "shop_b"];
  for (const below of ["secrets", "tmp"]) mkdirSync(join(folder, below), { mode: 0o700 });
  writeFileSync(join(folder, "seal.key"), Buffer.alloc(32, 7).toString("base64"), { mode: 0o600 });
  writeFileSync(join(folder, "admin"), `keyturn\n${HAND_MADE}\n`, { mode: 0o600 });
  writeFileSync(file, `${roles[0] ?? ""}\n${HAND_MADE}\n`, { mode: 0o600 });
  await server.query(`CREATE ROLE keyturn LOGIN CREATEROLE PASSWORD '${HAND_MADE}'`);
  await server.query(
    `CREATE ROLE ${roles[0] ?? ""} LOGIN ${rightsFor(whose, server)} PASSWORD '${HAND_MADE}'`,
  );
  if (whose === "an application" && server.release >= 16)
    await server.query(`GRANT ${roles[0] ?? ""} TO keyturn WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
  const tap = await startWireTap(join(server.host, `.s.PGSQL.${server.port}`));
  const own = whose === "keyturn itself" ? file : join(folder, "admin");
  writeConfig(folder, {
    state: { dir: join(folder, "state"), sealKeyFile: join(folder, "seal.key") },
    connections: { pg: connectionTo(tap.port, own) },
    policy: { maxAge: "90d", overlap, retry: { attempts: 8, first: "100ms", max: "1s" } },
    secrets: { [SECRET]: secretOf(roles, file) },
  });
  return open(server, { folder, file, roles, tap });
}

/** From PostgreSQL 16 on, two roles can change one another only as superusers. */
function rightsFor(whose: Whose, { release }: PostgresServer): string {
  if (whose === "an application") return "";
  return release >= 16 ? "SUPERUSER" : "CREATEROLE";
}

function connectionTo(port: number, credentialFile: string): Section {
  return { kind: "postgres", host: "127.0.0.1", port, credentialFile, timeout: "5s" };
}

function secretOf(roles: readonly string[], path: string): Section {
  const issuer = { kind: "postgres-role", connection: "pg", mode: "alternating-users", roles, settle: "1s" };
  const target = { kind: "file", path, content: "{username}\n{password}\n" };
  return { issuer: { ...issuer, adopt: roles.slice(0, 1) }, targets: [target] };
}

interface Parts {
  readonly folder: string;
  readonly file: string;
  readonly roles: readonly string[];
  readonly tap: WireTap;
}

function open(server: PostgresServer, { folder, file, roles, tap }: Parts): PairWorld {
  const clock = new WorldClock();
  const printed: string[] = [];
  const canaries = new Set<string>([HAND_MADE]);
  const application = signInForEver(server, file, canaries);
  const start = (args: readonly string[]): Running => {
    const env = { ...commandEnvironment(join(folder, "tmp")), ...clock.environment };
    const running = startKeyturn([...args, "--config", join(folder, "keyturn.yaml")], { env });
    const finished = running.finished.then((ended) => {
      printed.push(ended.stdout, ended.stderr);
      removeFaketimeTraces(running.pid);
      return ended;
    });
    return { ...running, finished };
  };
  return {
    folder,
    stateDir: join(folder, "state"),
    roles,
    clock,
    tap,
    canaries,
    printed,
    signIns: () => application.counts,
    heldVersion: () => readSecret(file).version,
    start,
    keyturn: (...args) => start(args).finished,
    async close() {
      await application.stop();
      await tap.close();
      rmSync(folder, { recursive: true, force: true });
      for (const name of ["keyturn", ...roles]) await server.query(`DROP ROLE IF EXISTS "${name}"`);
    },
  };
}

/** Reads its file before each sign-in, as a pool does that is told of nothing. */
function signInForEver(server: PostgresServer, file: string, canaries: Set<string>) {
  const counts = { tried: 0, failed: [] as string[] };
  let isOver = false;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      const [user = "", password = ""] = readSecret(file).text.split("\n");
      canaries.add(password);
      const refused = await server.signIn(user, password);
      counts.tried += 1;
      if (refused !== null) counts.failed.push(`${user}: ${refused}`);
      await sleep(PAUSE_MS);
    }
  };
  const running = loop();
  return {
    counts,
    async stop() {
      isOver = true;
      await running;
    },
  };
}
