/**
 * A base image of our own for the Dockerfile, since none can be pulled: the Node.js that runs this, npm, a busybox, and the
 * packages that npm has in its cache here, which it is told to make do with.
 */
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { BUSYBOX } from "../docker/probe-docker.ts";
import type { RealSwarm } from "../docker/start-swarm.ts";

const run = promisify(execFile);

export const NODE_BASE = "keyturn-node-base:1";
/** What the Dockerfile, npm and bin/keyturn call. */
const APPLETS = ["sh", "tar", "gzip", "cp", "rm", "mkdir", "chmod", "chown", "readlink", "sleep", "cat"];

export async function importNodeBase(swarm: RealSwarm): Promise<void> {
  const root = join(swarm.folder, "node-base");
  for (const folder of ["bin", "usr/bin", "usr/lib", "etc", "tmp"])
    await mkdir(join(root, folder), { recursive: true });
  await copyFile(BUSYBOX, join(root, "bin/busybox"));
  await Promise.all(APPLETS.map((applet) => symlink("busybox", join(root, "bin", applet))));
  await symlink("/bin/busybox", join(root, "usr/bin/env"));
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await copyNode(root);
  const environment = await copyNpm(root);
  const archive = join(swarm.folder, "node-base.tar");
  await run("tar", ["-C", root, "-cf", archive, "."]);
  const changes = Object.entries(environment).flatMap(([name, value]) => [
    "--change",
    `ENV ${name}=${value}`,
  ]);
  await swarm.docker(["import", ...changes, archive, NODE_BASE]);
}

/** With the libraries that its loader would look for. */
async function copyNode(root: string): Promise<void> {
  await copyFile(process.execPath, join(root, "usr/bin/node"));
  const { stdout } = await run("ldd", [process.execPath]);
  for (const [path] of stdout.matchAll(/(?<=\s)\/\S+/g)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await copyFile(path, join(root, path));
  }
}

/** Gives the environment in which npm finds everything: what it was cached from is part of the cache's keys. */
async function copyNpm(root: string): Promise<Record<string, string>> {
  const { stdout: which } = await run("sh", ["-c", "command -v npm"]);
  const cli = await realpath(which.trim());
  await cp(dirname(dirname(cli)), join(root, "usr/lib/npm"), { recursive: true });
  await symlink("/usr/lib/npm/bin/npm-cli.js", join(root, "usr/bin/npm"));
  const setting = async (name: string) => (await run("npm", ["config", "get", name])).stdout.trim();
  await cp(join(await setting("cache"), "_cacache"), join(root, "npm-cache/_cacache"), { recursive: true });
  return {
    npm_config_cache: "/npm-cache",
    npm_config_offline: "true",
    npm_config_registry: await setting("registry"),
  };
}
