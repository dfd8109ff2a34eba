/**
 * Plays scenarios with faults, in a process of its own, until a violation is seen. With the name of a planted bug, the
 * source is patched while it is loaded. Usage: hunt-child.ts SEED PLAYS [BUG]. Prints the violation as JSON, or `null`.
 */
import { BUGS } from "./bugs.ts";
import { plant } from "./plant.ts";

const [seed = "1", plays = "100", name] = process.argv.slice(2);

const bug = BUGS.find((each) => each.name === name);
if (name !== undefined && bug === undefined) throw new Error(`there is no bug ${name}`);
if (bug !== undefined) plant(bug.edits);
// Only now, so that the patched source is what is loaded.
const { seek } = await import("./seek.ts");
process.stdout.write(JSON.stringify(await seek(Number(seed), Number(plays), bug?.scenario ?? null)));
