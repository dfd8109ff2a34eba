import { entraPassword } from "../../src/issuers/entra-password.ts";
import type { Fault, Operation } from "../../src/sandbox/entra/faults.ts";
import {
  describeIssuer,
  type FarSideFault,
  type IssuerOperation,
  type IssuerWorld,
} from "./describe-issuer.ts";
import { startEntraWorld } from "./entra-world.ts";

const OPERATION: Readonly<Record<IssuerOperation, Operation>> = {
  create: "add",
  find: "read",
  list: "read",
  verify: "token",
  revoke: "remove",
};

const FAULT: Readonly<Record<FarSideFault, Fault>> = {
  refuses: { kind: "status", status: 401, code: "InvalidAuthenticationToken" },
  throttles: { kind: "throttle" },
  "cuts-after-applying": { kind: "cut", applied: true },
  "never-answers": { kind: "hang", applied: true },
};

describeIssuer({
  kind: entraPassword,
  goodConfig: {
    kind: "entra-password",
    connection: "entra",
    application: "33333333-3333-3333-3333-333333333333",
    validFor: "180d",
    settle: "5m",
    adopt: ["44444444-4444-4444-4444-444444444444"],
  },
  badConfigs: [
    { change: { kind: "entra" }, path: "kind" },
    { change: { connection: undefined }, path: "connection" },
    { change: { connection: "" }, path: "connection" },
    { change: { application: undefined }, path: "application" },
    { change: { application: "my app" }, path: "application" },
    { change: { application: "33333333-3333-3333-3333-333333333333/owners" }, path: "application" },
    { change: { validFor: undefined }, path: "validFor" },
    { change: { validFor: "180 days" }, path: "validFor" },
    { change: { validFor: "0d" }, path: "validFor" },
    { change: { settle: 300 }, path: "settle" },
    { change: { adopt: "44444444-4444-4444-4444-444444444444" }, path: "adopt" },
    { change: { adopt: ["44444444-4444-4444-4444-444444444444", "x"] }, path: "adopt.1" },
  ],
  start: async (): Promise<IssuerWorld> => {
    const { sandbox, app, clock, issuer, close } = await startEntraWorld();
    // Throttling is remembered; the suite does not want to sit it out.
    const impatient = setInterval(() => clock.push(100), 10);
    return {
      issuer,
      live: () => Promise.resolve(sandbox.credentialsOf(app.appId).map((one) => one.keyId)),
      addForeign: () => Promise.resolve(app.addSecret("made by hand").keyId),
      fail: (operation, fault) => sandbox.faults.plan(OPERATION[operation], FAULT[fault]),
      canaries: () => [
        sandbox.admin.secret,
        ...sandbox.credentialsOf(app.appId).map((one) => one.secretText),
      ],
      close: async () => {
        clearInterval(impatient);
        await close();
      },
    };
  },
});
