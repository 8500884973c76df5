#!/usr/bin/env node
// Starts the program, which a package of its own brings for each platform.
"use strict";

const { spawnSync } = require("node:child_process");

const name = `@shipworthy/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${name}/bin/shipworthy${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(
    `shipworthy: the package ${name} is not installed. npm installs it as an optional dependency: not with --omit=optional, ` +
      "not where node_modules was copied from another platform, and not for platforms without a release.",
  );
  process.exit(2);
}

const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`shipworthy: ${program} cannot be run: ${error.message}`);
  process.exit(2);
}
if (signal) {
  process.kill(process.pid, signal);
}
process.exit(status ?? 2);
