import { expect, it, onTestFinished } from "vitest";
import { startEntraWorld, type EntraWorld, type EntraWorldOptions } from "../../../contract/entra-world.ts";

const signal = new AbortController().signal;

async function world(options?: EntraWorldOptions): Promise<EntraWorld> {
  const started = await startEntraWorld(options);
  onTestFinished(() => started.close());
  return started;
}

function namesOf(applications: readonly { readonly displayName: string }[]): readonly string[] {
  return applications.map(({ displayName }) => displayName).toSorted();
}

it("lists what keyturn owns, over all pages, and neither other objects nor what others own", async () => {
  const { sandbox, connection, app } = await world();
  for (const displayName of ["b", "c", "d", "e"]) sandbox.addApp({ displayName });
  sandbox.addApp({ displayName: "of others", owned: false });
  const found = await connection.applications(signal);
  expect(namesOf(found.filter(({ appId }) => appId !== app.appId))).toEqual(["b", "c", "d", "e"]);
  expect(found).toHaveLength(5);
});

it("lists every application when its token says that it may change all of them", async () => {
  const { sandbox, connection } = await world({ sandbox: { adminRoles: ["Application.ReadWrite.All"] } });
  sandbox.addApp({ displayName: "of others", owned: false });
  expect(namesOf(await connection.applications(signal))).toEqual(
    expect.arrayContaining(["keyturn", "of others"]),
  );
});

it("goes on after being throttled in the middle, from where it was", async () => {
  const { sandbox, connection } = await world();
  for (const displayName of ["b", "c", "d"]) sandbox.addApp({ displayName });
  sandbox.faults.plan("read", { kind: "throttle", retryAfterS: 1 }, { kind: "status", status: 503 });
  expect(await connection.applications(signal)).toHaveLength(4);
});

it.each([
  [
    "goes on at another address",
    '{"value":[],"@odata.nextLink":"https://elsewhere.example/v1.0/applications"}',
  ],
  ["is not a list", '{"value":{}}'],
])("refuses an answer that %s, and sends its token nowhere", async (why, body) => {
  const { sandbox, connection } = await world();
  sandbox.faults.plan("read", { kind: "garbage", applied: false, body });
  await expect(connection.applications(signal)).rejects.toMatchObject({
    code: "unexpected-answer",
    kind: "rejected",
    message: expect.stringContaining(why) as string,
  });
});

it("leaves out what is no application", async () => {
  const { sandbox, connection } = await world();
  const value = [{ id: "x" }, null, { "@odata.type": "#microsoft.graph.group", id: sandbox.tenant }];
  sandbox.faults.plan("read", { kind: "garbage", applied: false, body: JSON.stringify({ value }) });
  expect(await connection.applications(signal)).toEqual([]);
});
