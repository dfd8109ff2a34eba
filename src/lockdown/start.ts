/** One call of `lockdown start` for one scope, from the moment at which everything in it is held still. */
import { recordError, type RecordedError, type RotationError } from "../domain/errors.ts";
import { isHeldAlready, type LockdownPhase, type Outcome, type RestartOrder } from "../domain/lockdown.ts";
import type { Notice } from "../domain/notice.ts";
import type { RunId, SecretName } from "../domain/version.ts";
import type { Workshop } from "../run/ports.ts";
import { Recorder } from "../run/recorder.ts";
import { settle } from "../run/settle.ts";
import { preserve } from "./evidence/preserve.ts";
import { Ledger } from "./ledger.ts";
import { lockedBy } from "./locked-by.ts";
import { ScopeRotation } from "./rotate-scope.ts";
import { containedNotice, settledNotice } from "./notices.ts";
import { notify } from "./notify.ts";
import type { ScopeMeans, ScopeParts } from "./scope.ts";
import type { Shortfall } from "./shortfall.ts";
import type { Watch } from "./watch.ts";

const TRIES = 3;

export interface Start {
  readonly parts: ScopeParts;
  readonly means: ScopeMeans;
  /** What containing came to. */
  readonly contained: readonly Outcome[];
  readonly watch: Watch;
  /** Those that keyturn itself signs in with: rotated last. */
  readonly own: ReadonlySet<SecretName>;
  readonly reason: string;
  readonly actor: string | null;
}

export interface Started {
  readonly scope: string;
  readonly lockdown: RunId;
  readonly outcome: "complete" | "incomplete" | "uncontained";
  readonly shortfalls: readonly Shortfall[];
}

/** Goes on with a lockdown of the scope that is not lifted; what is done stays done. */
export async function startScope(shop: Workshop, start: Start): Promise<Started> {
  const { scope } = start.parts;
  const lockdown = lockedBy(shop, scope.name)?.lockdown ?? shop.newRunId();
  const recorder = new Recorder(shop.journal, shop.sinks, shop.clock);
  return new ScopeStart(shop, recorder, new Ledger(lockdown, shop, recorder), start).run();
}

class ScopeStart {
  readonly #shop: Workshop;
  readonly #recorder: Recorder;
  readonly #ledger: Ledger;
  readonly #start: Start;
  readonly #shortfalls: Shortfall[] = [];

  constructor(shop: Workshop, recorder: Recorder, ledger: Ledger, start: Start) {
    this.#shop = shop;
    this.#recorder = recorder;
    this.#ledger = ledger;
    this.#start = start;
  }

  async run(): Promise<Started> {
    const { parts, reason, actor, contained } = this.#start;
    const { name, secrets } = parts.scope;
    const { lockdown } = this.#ledger;
    await this.#ledger.record({ type: "lockdown-started", lockdown, scope: name, reason, actor, secrets });
    await this.#note(
      "contain",
      contained.filter((each) => this.#isNews(each)),
    );
    // Nobody waits for a mail server.
    const told = this.#tell(containedNotice(this.#ledger.state, this.#shop.clock.now()));
    await this.#end();
    await told;
    return this.#settle();
  }

  /** What the journal knows is held since then is not told to be held since now. */
  #isNews({ subject, facts }: Outcome): boolean {
    return !isHeldAlready(facts) || this.#ledger.state.steps[`contain/${subject}`]?.result !== "done";
  }

  async #end(): Promise<void> {
    const { parts } = this.#start;
    await Promise.all([this.#disable(), this.#preserve()]);
    if (this.#mustWait()) return;
    const isDenied = await this.#deny();
    this.#arm(isDenied ? parts.scope.resume : "contained");
    await this.#rotate();
    await this.#resume();
  }

  async #tell(notice: Notice): Promise<void> {
    this.#shortfalls.push(...(await notify(this.#ledger, this.#start.means.channels, notice)));
  }

  async #disable(): Promise<void> {
    await Promise.all(
      this.#start.means.disablings.map((each) =>
        this.#attempt("disable", each.subject, (signal) => each.disable(this.#ledger.state, signal)),
      ),
    );
  }

  /** Once for each lockdown: afterwards there is nothing left to be seen. */
  async #preserve(): Promise<void> {
    const { parts, means } = this.#start;
    const { preserve: settings } = parts.scope;
    const { evidenceDir: dir, signer } = means;
    if (settings === null || dir === null) return;
    if (this.#ledger.state.steps["preserve/evidence"]?.result === "done") return;
    const order = { parts, settings, dir, signer };
    const { error, subject } = await this.#ledger.tracked("preserve", "evidence", () =>
      preserve(this.#shop, this.#ledger, order),
    );
    if (error !== null) this.#shortfalls.push({ phase: "preserve", subject, error });
  }

  /** What comes next would destroy what was not preserved. */
  #mustWait(): boolean {
    const { preserve: settings } = this.#start.parts.scope;
    return settings?.required === true && this.#shortfalls.some(({ phase }) => phase === "preserve");
  }

  /** Before anything is restarted. False when not everything denies: then nothing is restarted. */
  async #deny(): Promise<boolean> {
    const denied = await Promise.all(
      this.#start.means.denials.map((each) =>
        this.#attempt("deny", each.subject, (signal) => each.deny(this.#ledger.state, signal)),
      ),
    );
    return denied.every((error) => error === null);
  }

  #arm(resume: RestartOrder["resume"]): void {
    const { containments, env } = this.#start.parts;
    for (const each of containments) each.arm({ lockdown: this.#ledger.lockdown, resume, env });
  }

  /** keyturn's own credentials go last: with them revoked, nothing else could be. */
  async #rotate(): Promise<void> {
    const { own, parts } = this.#start;
    const rotation = new ScopeRotation(this.#shop, this.#recorder);
    const state = this.#ledger.state;
    await this.#guarded("rotate", "open runs", () => rotation.recover(state));
    if (parts.scope.revokeFirst) await this.#revokeFirst(rotation);
    for (const wave of [false, true]) {
      const secrets = parts.scope.secrets.filter((secret) => own.has(secret) === wave);
      if (secrets.length === 0) continue;
      await this.#guarded("rotate", wave ? "own credentials" : "secrets", async () => {
        for (const { secret, error } of await rotation.rotate(state, secrets))
          if (error !== null) this.#shortfalls.push({ phase: "rotate", subject: secret, error });
      });
    }
  }

  /** Once: what is current after that is new. Never keyturn's own, which nobody could replace without it. */
  async #revokeFirst(rotation: ScopeRotation): Promise<void> {
    const { own, parts } = this.#start;
    const { steps } = this.#ledger.state;
    const left = parts.scope.secrets.filter(
      (each) => !own.has(each) && steps[`revoke/${each}`]?.result !== "done",
    );
    await Promise.all(
      left.map((secret) => this.#attempt("revoke", secret, (signal) => rotation.revoke(secret, signal))),
    );
  }

  async #resume(): Promise<void> {
    const { containments } = this.#start.parts;
    const { signal } = this.#shop;
    await this.#note("resume", (await Promise.all(containments.map((each) => each.restart(signal)))).flat());
    await this.#note("contain", await this.#start.watch.end());
    await this.#note("resume", (await Promise.all(containments.map((each) => each.settle(signal)))).flat());
  }

  async #settle(): Promise<Started> {
    const { lockdown, state } = this.#ledger;
    await this.#tell(settledNotice(state, outcomeOf(this.#shortfalls), this.#shop.clock.now()));
    const outcome = outcomeOf(this.#shortfalls);
    await this.#ledger.record({ type: "lockdown-settled", lockdown, outcome });
    const { name } = this.#start.parts.scope;
    return { scope: name, lockdown, outcome, shortfalls: this.#shortfalls };
  }

  async #attempt(
    phase: LockdownPhase,
    subject: string,
    effect: Parameters<Ledger["attempt"]>[0]["effect"],
  ): Promise<RecordedError | null> {
    const error = await this.#ledger.attempt({ phase, subject, tries: TRIES, effect });
    if (error !== null) this.#shortfalls.push({ phase, subject, error });
    return error;
  }

  async #note(phase: LockdownPhase, outcomes: readonly Outcome[]): Promise<void> {
    for (const each of outcomes) {
      await this.#ledger.note(phase, each);
      if (each.error !== null) this.#shortfalls.push({ phase, subject: each.subject, error: each.error });
    }
  }

  /** What goes wrong as a whole is one shortfall, and the next phase comes all the same. */
  async #guarded(phase: LockdownPhase, subject: string, work: () => Promise<void>): Promise<void> {
    const done = await settle(work());
    if (!done.ok) this.#shortfalls.push({ phase, subject, error: recordError(done.error) });
  }
}

function outcomeOf(shortfalls: readonly Shortfall[]): Started["outcome"] {
  if (shortfalls.some(({ phase }) => phase === "contain")) return "uncontained";
  return shortfalls.length === 0 ? "complete" : "incomplete";
}

/** What is left when nothing could be journaled: everything is held still, and stays so. */
export function onlyContained(
  scope: string,
  contained: readonly Outcome[],
  error: RotationError,
): Omit<Started, "lockdown"> {
  const held = contained.flatMap(({ subject, error: failed }) =>
    failed === null ? [] : [{ phase: "contain", subject, error: failed } as const],
  );
  const rest = {
    phase: "rotate",
    subject: "everything after containing",
    error: recordError(error),
  } as const;
  const outcome = held.length === 0 ? "incomplete" : "uncontained";
  return { scope, outcome, shortfalls: [...held, rest] };
}
