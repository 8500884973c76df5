"""The files that docs/ tells people to write, held against the schemas of the services that read them. Needs what .ci/requirements.txt lists.

A snippet says its file's name behind its language. That each names inputs, hooks and formats that there are is for tests/places.rs to check.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent
SNIPPET = re.compile(r"^```(?:yaml|json) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCHEMAS = {
    ".circleci/config.yml": ["vendor.circle-ci"],
    ".gitlab-ci.yml": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    ".woodpecker.yml": ["vendor.woodpecker-ci"],
    "azure-pipelines.yml": ["vendor.azure-pipelines", "--data-transform", "azure-pipelines"],
    "bitbucket-pipelines.yml": ["vendor.bitbucket-pipelines"],
}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stdout + done.stderr


def schema(name, file, *options):
    return run("check-jsonschema", "--builtin-schema", name, *options, str(file))


def matcher(text, program):
    """Whether the problem matcher of a task finds what the program writes, and where."""
    pattern = json.loads(text)["tasks"][0]["problemMatcher"]["pattern"]
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "a b.sql").write_text("SELECT 1;\nDROP TABLE orders;\n")
        command = [program, "check", "--output-format", "gcc"]
        lines = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        found = re.match(pattern["regexp"], line)
        if not found:
            return f"the pattern does not match: {line}"
        told = {name: found[pattern[name]] for name in ("file", "line", "severity", "code")}
        if told == {"file": "a b.sql", "line": "2", "severity": "error", "code": "dropped-table"}:
            return None
    return f"the dropped table is not in {lines}"


def check(name, text, program):
    if name == ".vscode/tasks.json":
        return matcher(text, program)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / pathlib.Path(name).name
        file.write_text(text)
        if name == ".pre-commit-config.yaml":
            return run("pre-commit", "validate-config", str(file))
        if name.startswith(".github/workflows/"):
            return schema("vendor.github-workflows", file)
        return schema(SCHEMAS[name][0], file, *SCHEMAS[name][1:])


def main(program):
    checked = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for name, text in SNIPPET.findall(page.read_text()):
            checked.append((f"{page.name}: {name}", check(name, text, program)))
    checked.append(("action.yml", schema("vendor.github-actions", ROOT / "action.yml")))
    for workflow in sorted((ROOT / ".github/workflows").glob("*.yml")):
        checked.append((workflow.name, schema("vendor.github-workflows", workflow)))
    checked.append((".pre-commit-hooks.yaml", run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))))
    wrong = [(what, why) for what, why in checked if why]
    for what, why in wrong:
        print(f"{what}: {why}", file=sys.stderr)
    print(f"tests/docs.py: {len(checked) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or len(checked) < 12 else 0


if __name__ == "__main__":
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve())))
