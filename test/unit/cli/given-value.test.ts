import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Services } from "../../../src/cli/services.ts";
import type { WorkRequest } from "../../../src/run/work.ts";
import { keyturn, policy, type Answers, type Outcome } from "./fake-services.ts";

type Stdin = ReturnType<Services["stdin"]>;

const GIVE = ["rotate", "api", "--value-stdin"];
const policies = [policy("api"), policy("db")];

function piped(...chunks: readonly (string | Buffer)[]): Answers {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk as string)));
  return { policies, stdin: stream as unknown as Stdin };
}

/** A terminal on which this is typed, and what it was told about its mode. */
function typed(text: string): { readonly answers: Answers; readonly modes: readonly boolean[] } {
  const modes: boolean[] = [];
  const keyboard = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => void modes.push(mode),
  });
  keyboard.write(text);
  return { answers: { policies, stdin: keyboard as unknown as Stdin }, modes };
}

function valueOf([request]: readonly WorkRequest[]): string | undefined {
  const given = request?.kind === "rotate" ? request.rotation.given : undefined;
  return given?.material["value"]?.reveal((text) => text);
}

/** Nothing was asked of anybody, and nothing of the value was shown. */
function expectRefused({ code, out, err, requests }: Outcome, message: string, value = "s3cret"): void {
  expect([code, requests]).toEqual([2, []]);
  expect(err).toContain(message);
  expect(out + err).not.toContain(value);
}

describe("a value on standard input", () => {
  test.each([
    ["with its line end", ["s3cret\n"], "s3cret"],
    ["with one of Windows", ["s3cret\r\n"], "s3cret"],
    ["without one", ["s3cret"], "s3cret"],
    ["in pieces", ["s3", "cr", "et\n"], "s3cret"],
    ["of several lines, of which only the last end goes", ["one\ntwo\n\n"], "one\ntwo\n"],
    ["with letters that are several bytes", [Buffer.from("schlüssel🔑")], "schlüssel🔑"],
    ["as long as may be", [`${"x".repeat(65_536)}\r\n`], "x".repeat(65_536)],
  ])("%s", async (_name, chunks, expected) => {
    const { code, requests, out, err } = await keyturn(GIVE, piped(...chunks));
    expect([code, valueOf(requests)]).toEqual([0, expected]);
    expect(out + err + JSON.stringify(requests)).not.toContain(expected);
    expect(requests).toMatchObject([
      { rotation: { secrets: ["api"], now: false, given: { secret: "api" } } },
    ]);
  });

  test.each([
    ["nothing", [], "is empty"],
    ["a line end alone", ["\n"], "is empty"],
    ["a NUL", ["s3cret\0"], "is not text"],
    ["what is not UTF-8", [Buffer.from([0x73, 0xff, 0xfe])], "is not text"],
    ["too much", ["s3cret", "x".repeat(70_000)], "longer than 64 KiB"],
    ["one byte too much", ["x".repeat(65_537)], "longer than 64 KiB"],
  ])("is refused when it is %s", async (_name, chunks, message) => {
    expectRefused(await keyturn(GIVE, piped(...chunks)), message);
  });

  test("is the value of exactly one secret, and is not read before that is known", async () => {
    const unread = { policies, stdin: new PassThrough() as unknown as Stdin };
    for (const names of [[], ["api", "db"], ["--all"], ["--label", "team=mesh"]]) {
      const outcome = await keyturn(["rotate", ...names, "--value-stdin"], unread);
      expect(outcome.code).toBe(2);
      expect(outcome.requests).toEqual([]);
    }
    expect((await keyturn(["rotate", "nope", "--value-stdin"], unread)).err).toContain("no secret `nope`");
    expect(unread.stdin.readableFlowing).toBeNull();
  });

  test("can be planned with", async () => {
    const { planned, requests } = await keyturn([...GIVE, "--dry-run"], piped("s3cret"));
    expect(requests).toEqual([]);
    expect(planned).toMatchObject([{ secrets: ["api"], given: { secret: "api" } }]);
  });
});

describe("a value on a terminal", () => {
  test.each([
    ["typed twice", "s3cret\rs3cret\r", "s3cret"],
    ["pasted with line feeds", "s3cret\ns3cret\n", "s3cret"],
    ["mended with the backspace key, letter by letter", "s3x\x7fcreü\x7f\x08et\rs3cret\r", "s3cret"],
    ["ended with Ctrl-D", "s3cret\x04s3cret\x04", "s3cret"],
  ])("%s", async (_name, keys, expected) => {
    const { answers, modes } = typed(keys);
    const { code, requests, err } = await keyturn(GIVE, answers);
    expect([code, valueOf(requests), modes]).toEqual([0, expected, [true, false]]);
    expect(err).toBe("New value of api, not shown: \nOnce more: \n");
  });

  test.each([
    ["two that differ", "s3cret\rsecret\r", "not the same"],
    ["nothing", "\r\r", "is empty"],
    ["an arrow key", "s3\x1b[Dcret\r", "not text"],
  ])("is refused when it is %s", async (_name, keys, message) => {
    const { answers, modes } = typed(keys);
    expectRefused(await keyturn(GIVE, answers), message);
    expect(modes).toEqual([true, false]);
  });

  test("is given up with Ctrl-C: the terminal is as before, and nothing was asked of anybody", async () => {
    const { answers, modes } = typed("s3cret\r\x03");
    const { code, requests, err } = await keyturn(GIVE, answers);
    expect([code, requests, modes]).toEqual([1, [], [true, false]]);
    expect(err).toContain("no value was given");
  });
});

describe("retire", () => {
  const working = (retired: readonly { secret: string; version: number }[]): Answers => ({
    policies,
    work: async () => ({
      recovered: [],
      rotated: [],
      notDue: [],
      retired,
      adopted: [],
      sweeping: { left: 0, nextAt: null },
      alerts: [],
    }),
  });

  test("says that it is done, why and by whom", async () => {
    const answers = { ...working([{ secret: "api", version: 3 }]), env: { USER: "ops" } };
    const { code, out, requests } = await keyturn(["retire", "api", "--done", "--reason", "gone"], answers);
    expect([code, out]).toEqual([0, "retired api v3: revoked.\n"]);
    expect(requests).toEqual([
      { kind: "retire", retirement: { secret: "api", done: true, reason: "gone", actor: "ops" } },
    ]);
  });

  test("claims nothing without --done, and knows its secrets", async () => {
    const { requests } = await keyturn(["retire", "api"], working([]));
    expect(requests).toMatchObject([{ retirement: { done: false, reason: null } }]);
    expect((await keyturn(["retire", "nope", "--done"], working([]))).code).toBe(2);
  });
});
