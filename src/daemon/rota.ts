/** What each beat does: looks into the journal for what is due, and has a worker do it. */
import { asRotationError } from "../domain/errors.ts";
import type { Entry } from "../domain/journal-record.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { ScanName } from "../domain/scan.ts";
import { MINUTE_MS, type Clock, type Instant } from "../domain/time.ts";
import type { SecretName } from "../domain/version.ts";
import type { WorkRequest, WorkResult } from "../run/work.ts";
import { agendaOf, type Agenda } from "./agenda.ts";
import { HoldOff } from "./hold-off.ts";
import type { JournalView } from "./journal-view.ts";
import { scanAgenda, type ScanTimes } from "./scan-agenda.ts";
import type { DaemonLog } from "./log.ts";

/** A clock that was set this far is believed only when it has stayed so. */
const LEAP_MS = 5 * MINUTE_MS;
const STEADY_MS = MINUTE_MS;
/** Upkeep that leads to nothing is repeated this often at least. */
const UPKEEP_MAX_MS = 10 * MINUTE_MS;
const UPKEEP = "upkeep";
/** Whether others have made a version stands in no journal: so often a worker looks. */
const OFFERS_EVERY_MS = 5 * MINUTE_MS;

export interface RotaOptions {
  readonly clock: Clock;
  readonly log: DaemonLog;
  readonly journal: () => JournalView;
  readonly policies: () => Iterable<SecretPolicy>;
  readonly scans: () => readonly ScanTimes[];
  readonly ask: (request: WorkRequest, observe: (entry: Entry) => void) => Promise<WorkResult>;
}

export class Rota {
  readonly #options: RotaOptions;
  readonly #underWay = new Set<SecretName>();
  readonly #secretsHeld: HoldOff;
  readonly #upkeepHeld: HoldOff;
  readonly #scansHeld: HoldOff;
  #scanUnderWay = false;
  #upkeepUnderWay = false;
  #known: { readonly stamp: string; readonly nextAt: Instant | null } | null = null;
  #steadyAtMs = 0;
  #offersAtMs = 0;
  /** When the last look succeeded, monotonic. */
  #lookedAtMs: number;

  constructor(options: RotaOptions) {
    this.#options = options;
    this.#secretsHeld = new HoldOff(options.clock);
    this.#scansHeld = new HoldOff(options.clock);
    this.#upkeepHeld = new HoldOff(options.clock, UPKEEP_MAX_MS);
    this.#lookedAtMs = options.clock.monotonicMs();
  }

  /** Milliseconds since the last beat that went through. */
  get silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lookedAtMs;
  }

  beat(): void {
    const { clock, log } = this.#options;
    try {
      if (clock.monotonicMs() >= this.#steadyAtMs) {
        this.#look();
        this.#lookForOffers();
      }
    } catch (thrown) {
      const { code, message, hint } = asRotationError(thrown);
      log.write("error", "beat-failed", { code, reason: message, ...(hint === null ? {} : { hint }) });
    }
    this.#lookedAtMs = clock.monotonicMs();
  }

  leapt(ms: number): void {
    const { clock, log } = this.#options;
    log.write("warn", "clock-leapt", { ms: Math.round(ms) });
    this.#known = null;
    if (Math.abs(ms) > LEAP_MS) this.#steadyAtMs = clock.monotonicMs() + STEADY_MS;
  }

  /** After a new configuration everything is looked at anew. */
  forget(): void {
    this.#known = null;
    this.#offersAtMs = 0;
    this.#secretsHeld.clear();
    this.#upkeepHeld.clear();
    this.#scansHeld.clear();
  }

  #look(): void {
    const { clock, journal, policies, scans } = this.#options;
    const view = journal();
    const stamp = view.stamp();
    const now = clock.now();
    if (this.#known?.stamp === stamp && (this.#known.nextAt ?? Infinity) > now) return;
    const { agenda, scanning } = view.read((look) => ({
      agenda: agendaOf(look.tables, policies(), now),
      scanning: scanAgenda(scans(), look, now),
    }));
    const settled = agenda.due.length + scanning.due.length === 0 && !agenda.upkeep;
    // What is due and held back leaves no trace in the journal when its time comes: then look at every beat.
    this.#known = settled ? { stamp, nextAt: earlier(agenda.nextAt, scanning.nextAt) } : null;
    if (!agenda.upkeep) this.#upkeepHeld.succeeded(UPKEEP);
    this.#assign(agenda);
    const free = scanning.due.filter((scan) => !this.#scansHeld.isHeld(scan));
    if (free.length > 0 && !this.#scanUnderWay) void this.#scan(free);
  }

  async #scan(scans: readonly ScanName[]): Promise<void> {
    this.#scanUnderWay = true;
    try {
      await this.#options.ask({ kind: "scan", scans }, (entry) => this.#observe(entry));
      for (const scan of scans) this.#scansHeld.succeeded(scan);
    } catch (thrown) {
      for (const scan of scans) this.#scansHeld.failed(scan);
      this.#failed(thrown);
    } finally {
      this.#scanUnderWay = false;
    }
  }

  #failed(thrown: unknown): void {
    const { code, message, hint } = asRotationError(thrown);
    const why = hint === null ? {} : { hint };
    this.#options.log.write("error", "work-failed", { code, reason: message, ...why });
  }

  #lookForOffers(): void {
    const { clock, policies } = this.#options;
    if (clock.monotonicMs() < this.#offersAtMs) return;
    this.#offersAtMs = clock.monotonicMs() + OFFERS_EVERY_MS;
    const offering = Array.from(policies()).flatMap(({ secret, offers }) => (offers ? [secret] : []));
    const free = this.#free(offering);
    if (free.length > 0) void this.#work(free, false);
  }

  #free(secrets: readonly SecretName[]): readonly SecretName[] {
    return secrets.filter((secret) => !this.#underWay.has(secret) && !this.#secretsHeld.isHeld(secret));
  }

  #assign({ due, upkeep }: Agenda): void {
    const free = this.#free(due);
    const tends = upkeep && !this.#upkeepUnderWay && !this.#upkeepHeld.isHeld(UPKEEP);
    if (free.length > 0 || tends) void this.#work(free, tends);
  }

  async #work(secrets: readonly SecretName[], tends: boolean): Promise<void> {
    for (const secret of secrets) this.#underWay.add(secret);
    if (tends) this.#upkeepUnderWay = true;
    try {
      const result = await this.#options.ask(scheduled(secrets), (entry) => this.#observe(entry));
      this.#note(result);
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      for (const secret of secrets) this.#underWay.delete(secret);
      if (tends) {
        this.#upkeepUnderWay = false;
        // Taken back at the next look when nothing is left to do.
        this.#upkeepHeld.failed(UPKEEP);
      }
    }
  }

  #observe(entry: Entry): void {
    const { record } = entry;
    this.#options.log.entry(entry);
    if (record.type !== "run-ended") return;
    // From here on the journal says when it is due again.
    for (const { secret } of record.outcomes) this.#underWay.delete(secret);
  }

  /** What was refused stands in no journal: it is only here that somebody hears of it. */
  #note({ rotated }: WorkResult): void {
    for (const { secret, outcome, error } of rotated) {
      if (outcome !== "refused") {
        this.#secretsHeld.succeeded(secret);
        continue;
      }
      this.#secretsHeld.failed(secret);
      const why = error === null ? {} : { code: error.code, reason: error.message };
      this.#options.log.write("warn", "work-refused", { secret, ...why });
    }
  }
}

function earlier(a: Instant | null, b: Instant | null): Instant | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function scheduled(secrets: readonly SecretName[]): WorkRequest {
  return {
    kind: "rotate",
    rotation: {
      secrets,
      now: false,
      revokeNow: false,
      outsideWindow: false,
      trigger: "schedule",
      reason: null,
      actor: null,
    },
  };
}
