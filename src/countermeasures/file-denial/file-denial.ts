/** A file that makes whoever reads it refuse: put in place of what was there, and put back by three-way comparison. */
import { createHash } from "node:crypto";
import type { FileDenialConfig } from "./config.ts";
import { KeptFile, putBack, standingAt, type Standing } from "./kept-file.ts";
import { readWhole } from "../../connections/file-system/atomic-file.ts";
import { expandPath } from "../../domain/expand-path.ts";
import { RotationError } from "../../domain/errors.ts";
import type { Denial, DenialContext } from "../../domain/lockdown.ts";
import type { Json, Reload } from "../../domain/ports.ts";
import type { LockdownState } from "../../domain/state.ts";

const MOST_BYTES = 1024 * 1024;

export class FileDenial implements Denial {
  readonly subject: string;
  readonly #path: string;
  readonly #from: string;
  readonly #keepDir: string;
  readonly #reloads: readonly Reload[];

  private constructor(config: FileDenialConfig, context: DenialContext, reloads: readonly Reload[]) {
    this.#path = expandPath(config.path, context.env);
    this.#from = expandPath(config.from, context.env);
    this.#keepDir = context.keepDir;
    this.#reloads = reloads;
    this.subject = `file:${this.#path}`;
  }

  static async connect(config: FileDenialConfig, context: DenialContext): Promise<FileDenial> {
    const reloads = await Promise.all(config.reload.map((each) => context.reload(each)));
    return new FileDenial(config, context, reloads);
  }

  async deny({ lockdown }: LockdownState, signal: AbortSignal): Promise<Json> {
    const kept = new KeptFile(this.#keepDir, lockdown, this.#path);
    const wanted = await readWhole(this.#from, MOST_BYTES);
    const now = await standingAt(this.#path);
    const before = (await kept.read()) ?? now;
    if (digestOf(now) !== digestOf({ content: wanted })) {
      // First, and durably: after a crash it is known what was there.
      await kept.write(before);
      await putBack(this.#path, { content: wanted, access: before.access });
    }
    await this.#reload(signal);
    return { before: digestOf(before), applied: digestOf({ content: wanted }) };
  }

  async lift({ lockdown, steps }: LockdownState, signal: AbortSignal): Promise<Json> {
    const kept = new KeptFile(this.#keepDir, lockdown, this.#path);
    const before = await kept.read();
    if (before === null) return { how: "was not changed" };
    const now = digestOf(await standingAt(this.#path));
    const applied = await this.#applied(steps[`deny/${this.subject}`]?.facts ?? null);
    if (now !== digestOf(before)) {
      if (now !== applied) throw this.#changed(now, applied);
      await putBack(this.#path, before);
    }
    await this.#reload(signal);
    await kept.remove();
    return { how: "put back" };
  }

  /** A crash may have kept it out of the journal: then it is what the file says now. */
  async #applied(facts: Json): Promise<string | null> {
    if (
      typeof facts === "object" &&
      facts !== null &&
      "applied" in facts &&
      typeof facts.applied === "string"
    )
      return facts.applied;
    return digestOf({ content: await readWhole(this.#from, MOST_BYTES) });
  }

  async #reload(signal: AbortSignal): Promise<void> {
    for (const each of this.#reloads) await each.reload(signal);
  }

  #changed(now: string | null, applied: string | null): RotationError {
    return new RotationError("lift-refused", {
      kind: "rejected",
      subject: this.subject,
      message: `somebody changed ${this.#path} since: lockdown made it ${shown(applied)}, it is ${shown(now)}`,
      hint: `Put ${this.#from} there again, or what was there before; then lift again.`,
    });
  }
}

/** SHA-256, hex; null for no file. */
function digestOf({ content }: Pick<Standing, "content">): string | null {
  return content === null ? null : createHash("sha256").update(content).digest("hex");
}

function shown(digest: string | null): string {
  return digest === null ? "absent" : `SHA-256 ${digest.slice(0, 16)}…`;
}
