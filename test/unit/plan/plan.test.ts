import { describe, expect, it } from "vitest";
import { planRuns, type Candidate } from "../../../src/plan/plan.ts";

function candidate(secret: string, consumers: readonly string[], change: Partial<Candidate> = {}): Candidate {
  return {
    secret,
    reason: "age",
    from: 4,
    highest: 4,
    stores: [`store:${secret}`],
    consumers: consumers.map((id) => ({ id, restarts: 2 })),
    dependsOn: [],
    waitForWindow: false,
    windowIgnored: null,
    ...change,
  };
}

const secretsOf = (all: readonly Candidate[]): string[][] =>
  planRuns(all).map((run) => run.secrets.map((each) => each.secret));

describe("planRuns", () => {
  it("puts secrets that share a consumer into one run, over several links", () => {
    const chain = [
      candidate("a", ["s1"]),
      candidate("b", ["s2"]),
      candidate("c", ["s1", "s2"]),
      candidate("d", ["s3"]),
    ];
    expect(secretsOf(chain)).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("counts a shared consumer once, for both secrets", () => {
    const [run] = planRuns([candidate("a", ["s"]), candidate("b", ["s"])]);
    expect(run?.consumers).toEqual([{ id: "s", secrets: ["a", "b"], restarts: 2 }]);
  });

  it("never takes one name for another that it begins with", () => {
    expect(secretsOf([candidate("azure", ["svc"]), candidate("azure_prod", ["svc-prod"])])).toHaveLength(2);
  });

  it("orders what depends on one another within a run, and leaves out those that do not rotate now", () => {
    const [run, ...others] = planRuns([
      candidate("a", ["s1"], { dependsOn: ["b", "absent"] }),
      candidate("b", ["s2"]),
    ]);
    expect(others).toEqual([]);
    expect(run?.secrets.map(({ secret, after }) => [secret, after])).toEqual([
      ["a", ["b"]],
      ["b", []],
    ]);
  });

  it("numbers a version above everything that exists", () => {
    const [run] = planRuns([candidate("a", [], { highest: 17, from: 4 })]);
    expect(run?.secrets[0]).toMatchObject({ from: 4, to: 18 });
  });

  it("ignores the window for a whole run when one secret in it cannot wait", () => {
    const [run] = planRuns([
      candidate("a", ["s"], { waitForWindow: true }),
      candidate("b", ["s"], { windowIgnored: "expires" }),
    ]);
    expect(run).toMatchObject({ waitForWindow: false, windowIgnored: "expires" });
  });
});
