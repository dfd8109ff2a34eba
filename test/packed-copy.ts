/** A copy of what a package is made of, so that packing leaves the `dist/` of whoever works here as it is. */
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const REPOSITORY = join(import.meta.dirname, "..");
const PACKED = [
  "bin",
  "src",
  "schedules",
  "systemd",
  "docs",
  "install.sh",
  "stack.yaml",
  "README.md",
  "LICENSE",
];
const NEEDED_TO_PACK = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  ".npmrc",
  "release.sh",
];

export function packedCopy(folder: string): string {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  for (const name of [...PACKED, ...NEEDED_TO_PACK]) {
    if (existsSync(join(REPOSITORY, name)))
      cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
  return copy;
}
