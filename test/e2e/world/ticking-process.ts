/** A process on this machine that nobody can ask to stop, and whose every sign of life can be seen from outside. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConsumerSide, Ground } from "./world.ts";

/** Its child ticks as well: what is contained is the whole tree. */
const APP = `trap "" TERM INT HUP
tick() { while :; do echo x >> "$1"; sleep 0.02; done; }
tick "$1" &
tick "$1"`;

export class TickingProcess implements ConsumerSide {
  readonly connections = {};
  readonly probes = [];
  readonly targets: ConsumerSide["targets"];
  readonly pidFile: string;
  readonly secretFile: string;
  readonly secretsFolder: string;
  readonly #ticks: string;
  #child: ChildProcess | null = null;

  private constructor({ folder, handMade }: Ground) {
    this.pidFile = join(folder, "app.pid");
    this.#ticks = join(folder, "ticks");
    this.secretsFolder = join(folder, "secrets");
    this.secretFile = join(this.secretsFolder, "azure_secret");
    mkdirSync(this.secretsFolder, { mode: 0o700 });
    writeFileSync(this.secretFile, handMade, { mode: 0o600 });
    this.targets = [
      { kind: "file", path: this.secretFile, reload: [{ kind: "signal", pidFile: this.pidFile }] },
    ];
  }

  static async start(ground: Ground): Promise<TickingProcess> {
    const made = new TickingProcess(ground);
    await made.run();
    return made;
  }

  /** As its service manager would: anew when it is over. Resolves once it ticks. */
  async run(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) return;
    const before = this.ticks();
    // A group of its own, so that its child goes with it.
    this.#child = spawn("sh", ["-c", APP, "app", this.#ticks], { stdio: "ignore", detached: true });
    writeFileSync(this.pidFile, String(this.#child.pid));
    await this.goesOn(before);
  }

  async goesOn(before: number): Promise<void> {
    while (this.ticks() <= before) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** How often it, or its child, has run. */
  ticks(): number {
    return existsSync(this.#ticks) ? statSync(this.#ticks).size : 0;
  }

  signIns(): { readonly tried: number; readonly failed: number } {
    return { tried: 0, failed: 0 };
  }

  heldVersions(): readonly number[] {
    return [];
  }

  refuseNewVersions(): void {}

  timePassed(): void {}

  async close(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const isOver = child.exitCode !== null || child.signalCode !== null;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
    if (!isOver) await once(child, "exit");
  }
}
