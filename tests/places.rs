//! What is written for the places where people meet the program: each names only inputs, hooks, formats, flags and versions that there are, and
//! every command that docs/ tells people to type runs. Schemas of other people's services are for tests/docs.py.

use saphyr::{LoadableYamlNode, Yaml};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A fenced block of a page.
struct Snippet {
    /// The page and the number of the block's first line.
    place: String,
    /// `yaml`, `sh`.
    language: String,
    /// What stands behind the language.
    info: String,
    text: String,
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(PROJECT).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(PROJECT).join("docs")).unwrap();
    let mut pages: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(pages.len() >= 5, "{pages:?}");
    pages
}

fn snippets() -> Vec<Snippet> {
    let mut snippets = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(head) = line.strip_prefix("```") else { continue };
            let (language, info) = head.split_once(' ').unwrap_or((head, ""));
            let body: Vec<_> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            snippets.push(Snippet {
                place: format!("{}:{}", page.file_name().unwrap().display(), number + 2),
                language: language.to_owned(),
                info: info.to_owned(),
                text: body.join("\n") + "\n",
            });
        }
    }
    snippets
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// The keys of a mapping.
fn keys(mapping: &Yaml<'_>) -> BTreeSet<String> {
    mapping.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// How often a workflow uses the action; each time with inputs that it has, and so do the outputs that are asked for.
fn uses_of_the_action(place: &str, text: &str) -> usize {
    let action_text = read("action.yml");
    let action = yaml(&action_text);
    let (inputs, outputs) = (keys(&action["inputs"]), keys(&action["outputs"]));
    let workflow = yaml(text);
    let mut count = 0;
    for (_, job) in workflow["jobs"].as_mapping().unwrap() {
        for step in job["steps"].as_sequence().unwrap() {
            let uses = step.as_mapping_get("uses").and_then(Yaml::as_str).unwrap_or_default();
            if !uses.contains("/shipworthy@") {
                continue;
            }
            count += 1;
            let with = step.as_mapping_get("with").map(keys).unwrap_or_default();
            assert!(with.is_subset(&inputs), "{place}: {with:?}");
            let id = step.as_mapping_get("id").and_then(Yaml::as_str).unwrap_or("-");
            for asked in text.split(&format!("steps.{id}.outputs.")).skip(1) {
                let name: String =
                    asked.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
                assert!(outputs.contains(&name), "{place}: there is no output `{name}`");
            }
        }
    }
    count
}

/// The ids of the hooks that a configuration of pre-commit asks for.
fn hooks_of(text: &str) -> Vec<String> {
    let config = yaml(text);
    let repositories = config["repos"].as_sequence().unwrap();
    let hooks = repositories.iter().flat_map(|repository| repository["hooks"].as_sequence().unwrap());
    hooks.map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
}

fn hooks_that_there_are() -> Vec<String> {
    let text = read(".pre-commit-hooks.yaml");
    let hooks = yaml(&text);
    hooks.as_sequence().unwrap().iter().map(|hook| hook["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn workflows_and_hooks_name_what_there_is() {
    let (mut actions, mut hooks) = (0, 0);
    for snippet in snippets().iter().filter(|snippet| snippet.language == "yaml") {
        assert!(!snippet.info.is_empty(), "{}: the name of the file is missing", snippet.place);
        if snippet.info.starts_with(".github/workflows/") {
            actions += uses_of_the_action(&snippet.place, &snippet.text);
        } else if snippet.info == ".pre-commit-config.yaml" {
            let there_are = hooks_that_there_are();
            for id in hooks_of(&snippet.text) {
                assert!(there_are.contains(&id), "{}: {id}", snippet.place);
                hooks += 1;
            }
        }
        yaml(&snippet.text);
    }
    assert!(actions >= 4 && hooks >= 1, "{actions} {hooks}");
}

#[test]
fn the_hooks_run_the_program_as_pre_commit_needs_it() {
    let text = read(".pre-commit-hooks.yaml");
    for hook in yaml(&text).as_sequence().unwrap() {
        let id = hook["id"].as_str().unwrap();
        // Without it the files are shuffled and split: a migration would be judged without those before it.
        assert_eq!(hook["require_serial"].as_bool(), Some(true), "{id}");
        // People's `args` replace the hook's, so that the flag has to stand here.
        assert_eq!(hook["entry"].as_str(), Some("shipworthy check --force-exclude"), "{id}");
        assert_eq!(hook["types"].as_sequence().unwrap()[0].as_str(), Some("sql"), "{id}");
    }
}

#[test]
fn what_init_writes_names_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let service = folder.path().join("service");
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    fs::create_dir_all(service.join("db")).unwrap();
    fs::write(service.join("db/1.sql"), "SELECT 1;\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shipworthy")).arg("init").current_dir(&service).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(uses_of_the_action("init", &written(".github/workflows/shipworthy.yml")), 1);
    assert_eq!(hooks_of(&written(".pre-commit-config.yaml")), ["shipworthy"]);
}

/// Cargo.toml says it; what cannot ask Cargo.toml has to agree.
#[test]
fn there_is_one_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("pyproject.toml").contains("dynamic = [\"version\""), "maturin takes it from Cargo.toml");
    let mut named = 0;
    for snippet in snippets() {
        for line in snippet.text.lines().filter_map(|line| line.trim().strip_prefix("rev: ")) {
            assert_eq!(line, format!("v{version}"), "{}", snippet.place);
            named += 1;
        }
    }
    assert!(named > 0);
    for line in read("action/checksums.txt").lines().filter(|line| line.ends_with(".tar.gz")) {
        assert!(line.contains(&format!("  shipworthy-{version}-")), "{line}");
    }
    for file in ["dist/npm/assemble.mjs", "dist/npm/shipworthy.js", "dist/pre-commit-mirror.sh", "dist/Dockerfile"] {
        assert!(!read(file).contains(version), "{file} asks Cargo.toml");
    }
}

/// Nothing is published: one name stands for the repository, everywhere.
#[test]
fn one_name_stands_for_the_repository_that_is_not_there_yet() {
    for page in pages() {
        let (name, text) = (page.display(), fs::read_to_string(&page).unwrap());
        for repository in text.split("github.com/").skip(1) {
            assert!(repository.starts_with("OWNER/shipworthy"), "{name}: github.com/{}", &repository[..20]);
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_there = link.starts_with("https://") || page.parent().unwrap().join(link).exists();
            assert!(is_there, "{name} links to {link}");
        }
    }
}

/// The flags and formats in commands that are not run here.
#[test]
fn commands_have_the_flags_that_they_are_written_with() {
    let help = run(Path::new(PROJECT), "shipworthy check --help");
    let help = String::from_utf8(help.stdout).unwrap();
    let mut flags = 0;
    for snippet in snippets() {
        for command in snippet.text.replace("\\\n", " ").split("shipworthy check").skip(1) {
            let words: Vec<_> = command.split(['\n', '|']).next().unwrap_or_default().split_whitespace().collect();
            for (at, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with("--")) {
                assert!(help.split_whitespace().any(|known| known == *word), "{}: {word}", snippet.place);
                flags += 1;
                if *word == "--output-format" {
                    let format = words[at + 1].trim_matches(['"', ',']);
                    assert!(help.contains(&format!("- {format}:")), "{}: {format}", snippet.place);
                }
            }
        }
    }
    assert!(flags > 10, "{flags}");
}

/// A shell where `shipworthy` is the program under test.
fn run(folder: &Path, script: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_shipworthy")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-ec", script]).current_dir(folder).env("PATH", path).env("GIT_CONFIG_GLOBAL", "/dev/null");
    shell.output().unwrap()
}

#[test]
fn the_commands_on_the_pages_run() {
    let folder = tempfile::tempdir().unwrap();
    let git = "git -c user.name=a -c user.email=a@example.org";
    let work = "printf 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);\\n' > 1_orders.sql";
    let index = "printf 'CREATE INDEX orders_note ON orders (note);\\n' > 2_index.sql";
    let made = run(
        folder.path(),
        &format!(
            "git init -q -b main; {work}; git add -A; {git} commit -qm one; git checkout -qb topic; {index}; git add -A"
        ),
    );
    assert!(made.status.success(), "{made:?}");
    let mut count = 0;
    for snippet in snippets().iter().filter(|snippet| snippet.info == "run") {
        let output = run(folder.path(), &snippet.text);
        let findings = snippet.text.contains("shipworthy check");
        assert_eq!(output.status.code(), Some(i32::from(findings)), "{}: {output:?}", snippet.place);
        let printed = String::from_utf8_lossy(&output.stdout);
        let elsewhere = snippet.text.contains("--output-file") || snippet.text.contains('>');
        assert!(elsewhere || printed.contains("blocking-index-build"), "{}: {printed}", snippet.place);
        count += 1;
    }
    assert!(count >= 4);
    for file in ["shipworthy.sarif", "shipworthy.schema.json"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{file}: {text}");
    }
}
