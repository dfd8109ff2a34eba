/**
 * An image that holds one program of a few bytes, which waits for ever: nothing has to be pulled for a drill, and nothing
 * of anybody else's is run.
 */
import type { DirectEngine } from "../../connections/docker/direct-engine.ts";
import { RotationError } from "../../domain/errors.ts";

export const CANARY_IMAGE = "keyturn-canary:1";

/** ELF64 (System V ABI) with one segment that is read and executed; the code follows the headers. */
const BASE = 0x400000n;
const HEADERS = 64 + 56;

/** By the engine's architecture: ELF's number for it, and code that waits in a loop. */
const PROGRAMS: Readonly<Record<string, { readonly machine: number; readonly code: string }>> = {
  // mov eax, 34 (pause); syscall; jmp back
  amd64: { machine: 62, code: "b8220000000f05ebf7" },
  // mov x0-x3, #0; mov x8, #73 (ppoll); svc #0; b back
  arm64: {
    machine: 183,
    code: "000080d2010080d2020080d2030080d2280980d2010000d4faffff17",
  },
};

/** Imports it into the engine, and gives its name. */
export async function importCanary(engine: DirectEngine, signal: AbortSignal): Promise<string> {
  const read = { method: "GET", path: "/version", what: "read the version" } as const;
  const { Arch: arch } = ((await engine.call(read, signal)) ?? {}) as { readonly Arch?: string };
  const program = PROGRAMS[arch ?? ""];
  if (program === undefined) throw noProgram(engine.host, arch);
  const [repo, tag] = CANARY_IMAGE.split(":");
  await engine.upload(
    {
      method: "POST",
      path: "/images/create",
      query: { fromSrc: "-", repo, tag },
      what: "import the image of the canary",
    },
    tarOf("canary", elfOf(program.machine, Buffer.from(program.code, "hex"))),
    signal,
  );
  return CANARY_IMAGE;
}

function elfOf(machine: number, code: Buffer): Buffer {
  const head = Buffer.alloc(HEADERS);
  head.write("7f454c46020101", 0, "hex");
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(machine, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BASE + BigInt(HEADERS), 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  const size = BigInt(HEADERS + code.length);
  head.writeUInt32LE(1, 64);
  head.writeUInt32LE(5, 68);
  head.writeBigUInt64LE(BASE, 80);
  head.writeBigUInt64LE(BASE, 88);
  head.writeBigUInt64LE(size, 96);
  head.writeBigUInt64LE(size, 104);
  head.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([head, code]);
}

const BLOCK = 512;

/** One executable file in a ustar archive (POSIX.1-1988). */
function tarOf(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(BLOCK);
  head.write(name, 0);
  head.write("0000755\0", 100);
  head.write("0000000\0", 108);
  head.write("0000000\0", 116);
  head.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  head.write("00000000000\0", 136);
  head.write("        0", 148);
  head.write("ustar\0", 257);
  head.write("00", 263);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([head, content, padding, Buffer.alloc(2 * BLOCK)]);
}

function noProgram(host: string, arch: string | undefined): RotationError {
  return new RotationError("service-unsupported", {
    kind: "rejected",
    message: `there is no canary for the architecture ${arch ?? "?"} of the engine at ${host}`,
    hint: "Drill on an engine of amd64 or arm64.",
  });
}
