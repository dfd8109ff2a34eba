/** Who makes the values that no keyturn can make, and revokes what an alert says, at once and without a second look. */
import type { JournalRecord } from "../../../src/domain/journal-record.ts";
import { SecretValue } from "../../../src/domain/material.ts";
import type { TableReader } from "../../../src/domain/ports.ts";
import { waitsForPerson } from "../../../src/plan/by-hand.ts";
import type { Given } from "../../../src/run/work.ts";
import type { IssuerSide } from "./issuer-side.ts";

export class Person {
  readonly #issuer: IssuerSide;
  readonly #secrets: readonly string[];
  /** Which credential each version is, as whoever gave the value knows. */
  readonly #made = new Map<string, string>();
  readonly #heeded = new Set<string>();
  /** Given, and not in any run yet. */
  #offered: { readonly secret: string; readonly id: string } | null = null;

  constructor(issuer: IssuerSide, secrets: readonly string[]) {
    this.#issuer = issuer;
    this.#secrets = secrets;
  }

  /** A new value of the secret that waits for one; none when there is no such secret. */
  offer(): { readonly given?: Given } {
    const [secret] = this.#secrets;
    if (secret === undefined) return {};
    const { id, value } = this.#issuer.makeByHand(secret);
    this.#offered = { secret, id };
    return { given: { secret, material: { value: SecretValue.fromText(value) } } };
  }

  /** What did not even begin is of no use to anybody. */
  takeBack(): void {
    if (this.#offered !== null) this.#issuer.revokeByHand(this.#offered.id);
    this.#offered = null;
  }

  hear(record: JournalRecord, tables: TableReader): void {
    if (record.type === "run-started" && record.goal === "rotate") this.#hearOfRun(record);
    if (record.type !== "alert" || record.secret === null) return;
    const { secret, error, reminder } = record;
    if (error.code === "revoke-by-hand") {
      const { previous = 0, retireRun = "" } = tables.get("secret", secret) ?? {};
      this.#revoke(secret, previous ?? 0);
      this.#heeded.add(`${secret} ${retireRun}`);
    }
    if (error.code === "value-unused") this.#revoke(secret, Number(reminder?.split(" ")[1]));
  }

  /** A secret of which an alert was heeded, and keyturn does not know it yet. */
  hasDone(tables: TableReader): string | null {
    const waiting = tables.all("secret").filter(waitsForPerson);
    return (
      waiting.find(({ secret, retireRun }) => this.#heeded.has(`${secret} ${retireRun}`))?.secret ?? null
    );
  }

  isNeeded(tables: TableReader): boolean {
    return tables.all("secret").some(waitsForPerson);
  }

  #hearOfRun({ secrets }: JournalRecord & { type: "run-started" }): void {
    const offered = this.#offered;
    const taken = secrets.find((each) => each.secret === offered?.secret);
    if (offered === null || taken === undefined) return;
    this.#made.set(`${taken.secret} ${taken.to}`, offered.id);
    this.#offered = null;
  }

  #revoke(secret: string, version: number): void {
    this.#issuer.revokeByHand(this.#made.get(`${secret} ${version}`) ?? "");
  }
}
