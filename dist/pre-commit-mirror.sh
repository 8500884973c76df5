#!/usr/bin/env bash
# dist/pre-commit-mirror.sh FOLDER: what a repository of hooks alone has in it. Its package depends on this version's wheel and on nothing that
# has to be built, so that pre-commit installs it in seconds and without Rust.
set -euo pipefail
folder=$1
cd "$(dirname "$0")/.."

version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q;}' Cargo.toml)
mkdir -p "$folder"
# The first hook; the others build from source, which is not there.
awk '/^- id:/ { hooks++ } hooks < 2' .pre-commit-hooks.yaml > "$folder/.pre-commit-hooks.yaml"
cp LICENSE-APACHE LICENSE-MIT "$folder"
cat > "$folder/pyproject.toml" << END
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "shipworthy-pre-commit"
version = "$version"
dependencies = ["shipworthy==$version"]

[tool.setuptools]
py-modules = []
END
cat > "$folder/README.md" << 'END'
The hook of shipworthy for pre-commit, and nothing else. Each tag installs the wheel of that version. It is written by `dist/pre-commit-mirror.sh`
of shipworthy's repository.
END
