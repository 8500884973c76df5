// node dist/npm/assemble.mjs ARCHIVES FOLDER [--partial]: makes npm's packages of a release: one for each platform, with the program, and
// `shipworthy`, which depends on all of them and lets npm choose. Without --partial, every platform has to have its archive.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The targets of Rust for which there are releases, each as Node's `process.platform` and `process.arch` call it. */
const PLATFORMS = {
  "x86_64-unknown-linux-musl": ["linux", "x64"],
  "aarch64-unknown-linux-musl": ["linux", "arm64"],
  "x86_64-apple-darwin": ["darwin", "x64"],
  "aarch64-apple-darwin": ["darwin", "arm64"],
  "x86_64-pc-windows-msvc": ["win32", "x64"],
};

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const [archives, folder, partial] = process.argv.slice(2);
if (!archives || !folder || (partial && partial !== "--partial")) {
  console.error("usage: node dist/npm/assemble.mjs ARCHIVES FOLDER [--partial]");
  process.exit(2);
}

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version=1", "--no-deps", "--locked"], { cwd: root, encoding: "utf8" }),
);
const { version, description, license, repository } = metadata.packages.find((found) => found.name === "shipworthy");
const common = { version, license, ...(repository && { repository }) };

/** Writes a package's description and what every package has. */
function write(at, described) {
  mkdirSync(join(at, "bin"), { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify(described, null, 2) + "\n");
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    cpSync(join(root, file), join(at, file));
  }
}

const platforms = {};
for (const [target, [os, cpu]] of Object.entries(PLATFORMS)) {
  const name = `@shipworthy/${os}-${cpu}`;
  platforms[name] = version;
  const archive = join(archives, `shipworthy-${version}-${target}.tar.gz`);
  if (!existsSync(archive)) {
    if (partial) continue;
    console.error(`${archive} is missing`);
    process.exit(1);
  }
  const at = join(folder, `${os}-${cpu}`);
  // The Linux programs are static: they need no C library, so any will do.
  write(at, { name, ...common, description: `shipworthy for ${os} on ${cpu}`, os: [os], cpu: [cpu], preferUnplugged: true });
  const program = os === "win32" ? "shipworthy.exe" : "shipworthy";
  execFileSync("tar", ["-xzf", archive, "-C", join(at, "bin"), program]);
  chmodSync(join(at, "bin", program), 0o755);
}

const at = join(folder, "shipworthy");
write(at, {
  name: "shipworthy",
  ...common,
  description,
  keywords: ["sql", "migration", "postgres", "linter"],
  bin: { shipworthy: "bin/shipworthy.js" },
  engines: { node: ">=18" },
  optionalDependencies: platforms,
});
cpSync(join(here, "shipworthy.js"), join(at, "bin", "shipworthy.js"));
chmodSync(join(at, "bin", "shipworthy.js"), 0o755);
cpSync(join(root, "README.md"), join(at, "README.md"));
