//! A stand-in for GitHub's runner: reads action.yml and runs its steps as the runner would, with real bash and real git.
//!
//! What comes from elsewhere is played: actions that the action uses, and on `PATH` the programs curl, gh and cargo.

use super::expression::{fill, holds};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The repository of the project.
pub(crate) const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A machine on which the action runs.
pub(crate) struct Runner {
    folder: TempDir,
    /// The payload of the event.
    pub(crate) event: Value,
    /// Its name.
    pub(crate) event_name: &'static str,
    /// `GITHUB_REF`.
    pub(crate) reference: String,
    /// What the workflow says under `with:`.
    pub(crate) inputs: BTreeMap<&'static str, String>,
    /// Actions that fail when they are used.
    pub(crate) failing: Vec<&'static str>,
    /// The folder that was checked out.
    pub(crate) workspace: PathBuf,
}

/// An annotation that GitHub would show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Annotation {
    /// `error`, `warning` or `notice`.
    pub(crate) kind: String,
    /// `file=...,line=...`, as written.
    pub(crate) properties: String,
    /// The text, unescaped.
    pub(crate) message: String,
}

/// How it went.
#[derive(Debug)]
pub(crate) struct Job {
    /// The exit status of the step that failed, or 0.
    pub(crate) status: i32,
    /// What the steps printed.
    pub(crate) log: String,
    /// Annotations in their order; the runner keeps ten of each kind.
    pub(crate) annotations: Vec<Annotation>,
    /// The summary of the job.
    pub(crate) summary: String,
    /// The action's outputs.
    pub(crate) outputs: BTreeMap<String, String>,
    /// Actions that were used, each with its inputs.
    pub(crate) used: Vec<(String, BTreeMap<String, String>)>,
}

impl Job {
    /// The annotations of a kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Annotation> {
        self.annotations.iter().filter(|annotation| annotation.kind == kind).collect()
    }

    /// An output of the action.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("there is no output `{name}`"))
    }

    /// The inputs with which an action was used, by the beginning of its name.
    pub(crate) fn with(&self, action: &str) -> Option<&BTreeMap<String, String>> {
        self.used.iter().find(|(name, _)| name.starts_with(action)).map(|(_, with)| with)
    }
}

impl Runner {
    /// A Linux machine with a copy of the action that is no release, and nothing checked out.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // As the runner lays it out, with a space that scripts may stumble over.
        let workspace = folder.path().join("work place");
        let runner = Self {
            event: json!({"repository": {"default_branch": "main"}}),
            event_name: "workflow_dispatch",
            reference: "refs/heads/main".to_owned(),
            inputs: BTreeMap::new(),
            failing: Vec::new(),
            workspace,
            folder,
        };
        for folder in [runner.temp(), runner.bin(), runner.path("home"), runner.path("releases"), runner.action()] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::create_dir(&runner.workspace).unwrap();
        for file in ["action.yml", "Cargo.toml", "Cargo.lock"] {
            fs::copy(Path::new(PROJECT).join(file), runner.action().join(file)).unwrap();
        }
        for folder in ["action", "src", "rules"] {
            std::os::unix::fs::symlink(Path::new(PROJECT).join(folder), runner.action().join(folder)).unwrap();
        }
        for (name, text) in [("curl", CURL), ("gh", GH), ("cargo", CARGO)] {
            let path = runner.bin().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(runner.path("comments.json"), "[]").unwrap();
        runner
    }

    /// A place on the machine outside the workspace.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the runner puts the action.
    pub(crate) fn action(&self) -> PathBuf {
        self.path("_actions/OWNER/shipworthy/v0")
    }

    fn temp(&self) -> PathBuf {
        self.path("_temp")
    }

    fn bin(&self) -> PathBuf {
        self.path("bin")
    }

    /// Gives the action a list of checksums of its own.
    pub(crate) fn write_checksums(&self, text: &str) {
        let folder = self.action().join("action");
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(Path::new(PROJECT).join("action")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        fs::write(folder.join("checksums.txt"), text).unwrap();
    }

    /// Takes a program away.
    pub(crate) fn remove_program(&self, name: &str) {
        fs::remove_file(self.bin().join(name)).unwrap();
    }

    /// Sets an input of the action.
    pub(crate) fn with(&mut self, input: &'static str, value: &str) -> &mut Self {
        self.inputs.insert(input, value.to_owned());
        self
    }

    /// Comments that are on the pull request.
    pub(crate) fn comments(&self) -> Vec<Value> {
        serde_json::from_str(&fs::read_to_string(self.path("comments.json")).unwrap()).unwrap()
    }

    /// Runs the action.
    pub(crate) fn run(&self) -> Job {
        let text = fs::read_to_string(self.action().join("action.yml")).unwrap();
        let documents = Yaml::load_from_str(&text).unwrap();
        let action = &documents[0];
        let mut contexts = self.contexts(action);
        let mut job = Job {
            status: 0,
            log: String::new(),
            annotations: Vec::new(),
            summary: String::new(),
            outputs: BTreeMap::new(),
            used: Vec::new(),
        };
        let summary = self.temp().join("summary");
        fs::write(&summary, "").unwrap();
        for step in action["runs"]["steps"].as_sequence().unwrap() {
            let id = step.as_mapping_get("id").and_then(Yaml::as_str).unwrap_or_default();
            let condition = step.as_mapping_get("if").and_then(Yaml::as_str);
            // A condition that does not mention the status of the job asks for its success.
            if job.status != 0 || !condition.is_none_or(|condition| holds(condition, &contexts)) {
                contexts["steps"][id] = json!({"outcome": "skipped", "outputs": {}});
                continue;
            }
            let (status, outputs) = match step.as_mapping_get("uses").and_then(Yaml::as_str) {
                Some(uses) => {
                    job.used.push((uses.to_owned(), filled(step.as_mapping_get("with"), &contexts)));
                    let fails = self.failing.iter().any(|failing| uses.starts_with(failing));
                    (i32::from(fails), Value::Object(Map::new()))
                }
                None => self.step(step, &contexts, &summary, &mut job.log),
            };
            let may_fail = step.as_mapping_get("continue-on-error").is_some();
            if status != 0 && !may_fail {
                job.status = status;
            }
            let outcome = if status == 0 { "success" } else { "failure" };
            contexts["steps"][id] = json!({"outcome": outcome, "outputs": outputs});
        }
        for (name, output) in action["outputs"].as_mapping().unwrap() {
            let value = fill(output["value"].as_str().unwrap(), &contexts);
            job.outputs.insert(name.as_str().unwrap().to_owned(), value);
        }
        job.annotations = annotations(&job.log);
        job.summary = fs::read_to_string(summary).unwrap();
        job
    }

    /// A step that is a script: its exit status and outputs.
    fn step(&self, step: &Yaml<'_>, contexts: &Value, summary: &Path, log: &mut String) -> (i32, Value) {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "`{script}` has other people's text in it");
        assert_eq!(step["shell"].as_str(), Some("bash"), "`{script}`");
        let (file, output) = (self.temp().join("step.sh"), self.temp().join("outputs"));
        fs::write(&file, script).unwrap();
        fs::write(&output, "").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(file);
        bash.current_dir(&self.workspace).env_clear();
        bash.env("PATH", format!("{}:{}", self.bin().display(), SYSTEM)).env("HOME", self.path("home"));
        bash.envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64"), ("GITHUB_ACTIONS", "true"), ("CI", "true")]);
        bash.env("RUNNER_TEMP", self.temp()).env("GITHUB_WORKSPACE", &self.workspace);
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", summary);
        bash.env("GITHUB_EVENT_NAME", self.event_name).env("GITHUB_REF", &self.reference);
        bash.env("GITHUB_SERVER_URL", "https://github.com").env("GITHUB_REPOSITORY", "acme/shop");
        bash.env("GITHUB_ACTION_PATH", self.action());
        bash.env("GITHUB_SHA", "0123456789012345678901234567890123456789");
        // For the programs that are played.
        bash.env("MACHINE", self.folder.path()).env("PROGRAM", env!("CARGO_BIN_EXE_shipworthy"));
        bash.envs(filled(step.as_mapping_get("env"), contexts));
        let done = bash.output().unwrap();
        log.push_str(&String::from_utf8_lossy(&done.stdout));
        log.push_str(&String::from_utf8_lossy(&done.stderr));
        let mut outputs = Map::new();
        for line in fs::read_to_string(output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("`{line}` is no output"));
            outputs.insert(name.to_owned(), value.into());
        }
        (done.status.code().unwrap(), Value::Object(outputs))
    }

    fn contexts(&self, action: &Yaml<'_>) -> Value {
        let mut inputs = Map::new();
        for (name, input) in action["inputs"].as_mapping().unwrap() {
            let default = input["default"].as_str().unwrap().replace("${{ github.token }}", "the-token");
            inputs.insert(name.as_str().unwrap().to_owned(), default.into());
        }
        for (name, value) in &self.inputs {
            let before = inputs.insert((*name).to_owned(), value.clone().into());
            assert!(before.is_some(), "the action has no input `{name}`");
        }
        let github = json!({"action_repository": "OWNER/shipworthy", "event": self.event});
        json!({"inputs": inputs, "github": github, "runner": {"os": "Linux", "arch": "X64"}, "steps": {}})
    }
}

/// The pairs of `env:` or `with:`.
fn filled(pairs: Option<&Yaml<'_>>, contexts: &Value) -> BTreeMap<String, String> {
    let pairs = pairs.and_then(Yaml::as_mapping).into_iter().flatten();
    pairs.map(|(name, value)| (name.as_str().unwrap().to_owned(), fill(value.as_str().unwrap(), contexts))).collect()
}

/// What the runner takes for annotations in a log.
pub(crate) fn annotations(log: &str) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    let mut stopped_until: Option<String> = None;
    for line in log.lines().map(str::trim_start) {
        if let Some(end) = &stopped_until {
            if line == end {
                stopped_until = None;
            }
            continue;
        }
        if let Some(word) = line.strip_prefix("::stop-commands::") {
            stopped_until = Some(format!("::{word}::"));
            continue;
        }
        let Some((command, message)) = line.strip_prefix("::").and_then(|line| line.split_once("::")) else { continue };
        let (kind, properties) = command.split_once(' ').unwrap_or((command, ""));
        if matches!(kind, "error" | "warning" | "notice") {
            let message = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
            annotations.push(Annotation { kind: kind.to_owned(), properties: properties.to_owned(), message });
        }
    }
    assert_eq!(stopped_until, None, "commands are off for the rest of the job");
    annotations
}

/// Where the system's programs are; cargo is not there.
const SYSTEM: &str = "/usr/local/bin:/usr/bin:/bin";

/// Serves the files in `releases` by the last part of their address.
const CURL: &str = r#"#!/bin/bash
printf '%s\n' "$*" >> "$MACHINE/curl.log"
while [[ $# -gt 1 ]]; do
  if [[ $1 == --output ]]; then file=$2; fi
  shift
done
if [[ ! -f "$MACHINE/releases/${1##*/}" ]]; then
  echo 'curl: (22) The requested URL returned error: 404' >&2
  exit 22
fi
cp "$MACHINE/releases/${1##*/}" "$file"
"#;

/// The comments of a pull request, in `comments.json`. With the file `read-only` it refuses to write.
const GH: &str = r#"#!/bin/bash
set -euo pipefail
printf '%s\n' "$*" >> "$MACHINE/gh.log"
[[ $1 == api && -n $GH_TOKEN ]]
store=$MACHINE/comments.json
method=GET
while [[ $# -gt 0 ]]; do
  case $1 in
    --method) method=$2; shift ;;
    --jq) filter=$2; shift ;;
    --field) body=$(cat "${2#body=@}"); shift ;;
    repos/*) address=$1 ;;
  esac
  shift
done
refuse() { echo "gh: $1" >&2; exit 1; }
if [[ $method == GET ]]; then
  [[ $address == 'repos/acme/shop/issues/7/comments?per_page=100' ]] || refuse 'Not Found (HTTP 404)'
  exec jq -r "$filter" "$store"
fi
[[ ! -e $MACHINE/read-only ]] || refuse 'Resource not accessible by integration (HTTP 403)'
if [[ ${#body} -gt 65536 ]]; then refuse 'Validation Failed (HTTP 422)'; fi
printf '%s' "$body" > "$MACHINE/body"
case $method-$address in
  POST-repos/acme/shop/issues/7/comments)
    jq --rawfile body "$MACHINE/body" '. + [{id: (length + 1), body: $body}]' "$store" ;;
  PATCH-repos/acme/shop/issues/comments/*)
    jq --rawfile body "$MACHINE/body" --argjson id "${address##*/}" \
      'if any(.[]; .id == $id and .locked != true) then map(if .id == $id then .body = $body else . end) else error end' \
      "$store" || refuse 'Forbidden (HTTP 403)' ;;
  *) refuse 'Not Found (HTTP 404)' ;;
esac > "$store.new"
mv "$store.new" "$store"
"#;

/// Builds nothing: the program under test is there already.
const CARGO: &str = r#"#!/bin/bash
set -euo pipefail
printf '%s\n' "$*" >> "$MACHINE/cargo.log"
while [[ $# -gt 1 ]]; do
  if [[ $1 == --target-dir ]]; then target=$2; fi
  shift
done
mkdir -p "$target/release"
cp "$PROGRAM" "$target/release/shipworthy"
"#;
