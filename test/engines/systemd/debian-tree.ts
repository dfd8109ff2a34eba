/**
 * A small Debian with systemd in a folder, made once by debootstrap from where this machine has its own packages from, and
 * kept below the user's cache: making it takes a minute.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** polkitd, which wants a logind, for the rule that lets keyturn reload units. */
const PACKAGES = ["systemd", "dbus", "polkitd", "libpam-systemd", "perl-base"];
/** A change of how the tree is made needs another number here. */
const RECIPE = 1;
/** Nobody looks at a console, and nothing is fetched. */
const MASKED = ["console-getty", "apt-daily.timer", "apt-daily-upgrade.timer"];

/** Path of the tree. Nobody changes it: a machine boots from a copy. */
export async function debianTree(): Promise<string> {
  const suite = await ownSuite();
  const engines = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "keyturn-engines");
  const key = createHash("sha256")
    .update(JSON.stringify([RECIPE, PACKAGES, MASKED]))
    .digest("hex");
  const tree = join(engines, `debian-${suite}-${key.slice(0, 12)}`);
  if (existsSync(tree)) return tree;
  await mkdir(engines, { recursive: true });
  const draft = await mkdtemp(join(engines, "draft-"));
  try {
    await build(join(draft, "tree"), suite);
    // Only a whole tree gets the name. Somebody else may have been faster.
    await rename(join(draft, "tree"), tree).catch((thrown: unknown) => {
      if (!existsSync(tree)) throw thrown;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return tree;
}

async function build(tree: string, suite: string): Promise<void> {
  const include = `--include=${PACKAGES.join(",")}`;
  await run("debootstrap", ["--variant=minbase", include, suite, tree, await ownMirror(suite)], {
    maxBuffer: 16 * 1024 * 1024,
  }).catch(async (thrown: unknown) => {
    const log = await readFile(join(tree, "debootstrap/debootstrap.log"), "utf8").catch(() => "");
    throw new Error(`debootstrap failed:\n${log.split("\n").slice(-15).join("\n")}`, { cause: thrown });
  });
  await run("systemctl", [`--root=${tree}`, "mask", ...MASKED]);
  await Promise.all(
    ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"].map((path) =>
      rm(join(tree, path), { recursive: true, force: true }),
    ),
  );
  // Each machine that boots makes up its own.
  await writeFile(join(tree, "etc/machine-id"), "");
}

async function ownSuite(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8");
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  if (suite === undefined) throw new Error("/etc/os-release has no VERSION_CODENAME");
  return suite;
}

/** Where apt has this suite's `main` from. */
async function ownMirror(suite: string): Promise<string> {
  const format = "$(CREATED_BY) $(COMPONENT) $(RELEASE) $(SITE)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format]);
  const wanted = `Packages main ${suite} `;
  const line = stdout.split("\n").find((each) => each.startsWith(wanted));
  if (line === undefined) throw new Error(`apt has no source for ${suite} main`);
  return line.slice(wanted.length);
}
