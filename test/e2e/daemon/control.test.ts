/** The sockets of a daemon that runs: who may do what, and that nobody who misuses them can stop a rotation. */
import { statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { startQuietFileWorld } from "../world/quiet-world.ts";
import { toldBy } from "../world/start-keyturn.ts";
import { SECRET, type World } from "../world/world.ts";
import { memoryOf } from "./resources.ts";
import { startDaemon } from "./start-daemon.ts";

type Role = "operator" | "viewer";

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ask(world: World, role: Role, method: string, path: string, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socketPath = join(world.stateDir, `${role}.sock`);
    const sent = httpRequest({ socketPath, method, path, agent: false }, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, body: all }), reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

it("does what the command line asks for, step by step, and records by whose right", async () => {
  const world = await startQuietFileWorld();
  const daemon = await startDaemon(world);
  const finished = await world.keyturn("rotate", "--now", SECRET, "--reason", "drill", "--json");
  expect([finished.code, finished.stderr]).toEqual([0, ""]);
  const told = toldBy(finished);
  expect(told.filter(({ type }) => type === "step").map(({ name }) => name)).toContain("activate");
  expect(told.at(-1)).toMatchObject({ type: "run-ended", outcome: "rotated", version: 1 });
  expect(daemon.log.some((line) => line.msg === "pivoted")).toBe(true);
  const history = JSON.parse((await ask(world, "viewer", "GET", "/v1/history")).body) as object;
  expect(history).toMatchObject({ runs: [{ reason: "drill", trigger: "manual", secrets: [SECRET] }] });
  expect((await world.keyturn("rollback", SECRET, "--json")).code).toBe(0);
  expect(world.consumer.signIns().failed).toBe(0);
});

it("lets a viewer look and not touch", async () => {
  const world = await startQuietFileWorld();
  await startDaemon(world);
  const request = JSON.stringify({ kind: "recover" });
  expect((await ask(world, "viewer", "POST", "/v1/work", request)).status).toBe(403);
  expect((await ask(world, "operator", "POST", "/v1/work", request)).body).toContain('"type":"result"');
  expect(JSON.parse((await ask(world, "viewer", "GET", "/v1/status")).body)).toMatchObject({
    secrets: [{ name: SECRET, health: "unmanaged" }],
  });
  expect((await ask(world, "viewer", "GET", "/healthz")).status).toBe(200);
  expect((await ask(world, "viewer", "GET", "/readyz")).status).toBe(200);
  for (const role of ["operator", "viewer"] as const)
    expect(statSync(join(world.stateDir, `${role}.sock`)).mode & 0o777).toBe(0o660);
});

it.each([
  ["{", 400],
  [JSON.stringify({ kind: "nothing" }), 400],
  [JSON.stringify({ kind: "rotate", rotation: { secrets: [1] } }), 400],
  [JSON.stringify({ kind: "resolve", resolution: { secret: SECRET, keep: -1, reason: "x" } }), 400],
  ["x".repeat(300_000), 413],
])("refuses what is no request", async (body, status) => {
  const world = await startQuietFileWorld();
  await startDaemon(world);
  expect((await ask(world, "operator", "POST", "/v1/work", body)).status).toBe(status);
});

it("rotates while clients are slow, huge, broken and a thousand", async () => {
  const world = await startQuietFileWorld();
  const daemon = await startDaemon(world);
  const path = join(world.stateDir, "viewer.sock");
  const sockets: Socket[] = [];
  const open = (then: (socket: Socket) => void): void => {
    const socket = connect(path);
    socket.on("error", () => undefined);
    socket.once("connect", () => then(socket));
    sockets.push(socket);
  };
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let n = 0; n < 1000; n += 1) open((socket) => socket.write("GET /v1/status HTTP/1.1\r\nx: "));
  for (let n = 0; n < 20; n += 1) open((socket) => socket.write(Buffer.alloc(65_536, n * 13)));
  const flood = (socket: Socket): void => {
    const more = (): void => {
      while (socket.writable && socket.write(Buffer.alloc(65_536, 120)));
    };
    socket.write("POST /v1/work HTTP/1.1\r\nhost: x\r\ncontent-length: 1073741824\r\n\r\n");
    socket.on("drain", more);
    more();
  };
  for (let n = 0; n < 5; n += 1) open(flood);
  const finished = await world.keyturn("rotate", "--now", SECRET, "--json");
  expect([finished.code, finished.stderr]).toEqual([0, ""]);
  expect(toldBy(finished).at(-1)).toMatchObject({ outcome: "rotated" });
  expect(memoryOf(daemon.pid)).toBeLessThan(200e6);
  daemon.kill("SIGTERM");
  expect((await daemon.finished).code).toBe(0);
});
