/** Whoever can change the configuration decides what keyturn runs and where secrets go. */
import { stat } from "node:fs/promises";
import { failed, notCheckable, proved, type Finding } from "../domain/check.ts";

const [GROUP_WRITES, OTHERS_WRITE] = [0o020, 0o002];

export async function inspectConfigFiles(files: readonly string[]): Promise<readonly Finding[]> {
  const open = (await Promise.all(files.map(inspectFile))).filter((finding) => finding !== null);
  if (open.length > 0) return open;
  return [proved("config-access", `nobody else can change the ${files.length} configuration files`)];
}

/** null when all is well. */
async function inspectFile(path: string): Promise<Finding | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return notCheckable("config-access", `${path} was there a moment ago`);
  const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
  if ((found.mode & (GROUP_WRITES | OTHERS_WRITE)) !== 0) {
    const message = `${path} has mode ${mode}: others can decide what keyturn runs and where secrets go`;
    return failed("config-access", message, `Run \`chmod go-w ${path}\`.`);
  }
  if ([0, process.geteuid?.()].includes(found.uid)) return null;
  return failed(
    "config-access",
    `${path} belongs to user ${found.uid}, who can decide what keyturn runs and where secrets go`,
    `Run \`chown root ${path}\`.`,
  );
}
