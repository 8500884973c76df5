//! `shipworthy init` with the built program: what it writes is read, and does what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn shipworthy(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(folder).args(arguments.split_whitespace()).env_remove("CLICOLOR_FORCE").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output of a run that worked.
fn ran(folder: &Path, arguments: &str) -> String {
    let output = shipworthy(folder, arguments);
    assert!(output.status.success(), "{arguments}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn projects() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    let mut projects: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    projects.retain(|path| path.is_dir());
    projects.sort();
    projects
}

/// The files that findings are about, and how many there were to look at.
fn looked_at(folder: &Path, arguments: &str) -> (Vec<String>, u64) {
    let output = shipworthy(folder, &format!("check --output-format json --fail-on never {arguments}"));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", folder.display(), text(&output.stderr)));
    let found = report["diagnostics"].as_array().unwrap().iter().map(|found| found["path"].as_str().unwrap());
    let mut found: Vec<_> = found.map(|path| path.trim_start_matches("./").to_owned()).collect();
    found.sort();
    (found, report["summary"]["files"].as_u64().unwrap())
}

#[test]
fn what_is_written_finds_what_was_there() {
    for project in projects() {
        let folder = tempfile::tempdir().unwrap();
        copy(&project, folder.path());
        let before = looked_at(folder.path(), "--no-config .");
        ran(folder.path(), "init");
        assert!(folder.path().join("shipworthy.toml").exists());
        // The version may be said by the project now.
        let after = looked_at(folder.path(), "");
        assert_eq!(after.1, before.1, "{}", project.display());
        let named = |found: &[String]| found.iter().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(named(&after.0), named(&before.0), "{}", project.display());
    }
}

#[test]
fn nothing_is_overwritten_and_a_dry_run_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join(".git")).unwrap();
    fs::create_dir_all(path.join("db")).unwrap();
    fs::write(path.join("db/1.sql"), "SELECT 1;\n").unwrap();
    let shown = ran(path, "init --dry-run");
    let files = ["shipworthy.toml", ".pre-commit-config.yaml", ".github/workflows/shipworthy.yml"];
    for file in files {
        assert!(shown.contains(&format!("# {file}\n")), "{shown}");
        assert!(!path.join(file).exists());
    }
    for file in files {
        fs::create_dir_all(path.join(file).parent().unwrap()).unwrap();
        fs::write(path.join(file), "# mine\n").unwrap();
    }
    let shown = ran(path, "init");
    assert!(shown.contains(".pre-commit-config.yaml is there already; add to it:\n  - repo: "), "{shown}");
    for file in files {
        assert_eq!(fs::read_to_string(path.join(file)).unwrap(), "# mine\n");
    }
}

#[test]
fn each_way_of_configuring_counts_as_one() {
    for (name, body, counts) in [
        (".shipworthy.toml", "", true),
        ("pyproject.toml", "[tool.shipworthy]\npostgres = 15\n", true),
        ("pyproject.toml", "[tool.ruff]\n", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), body).unwrap();
        ran(folder.path(), "init");
        assert_eq!(!folder.path().join("shipworthy.toml").exists(), counts, "{name} {body}");
    }
}

#[test]
fn squawks_configuration_goes_on_counting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let squawk = "pg_version = \"14\"\nexcluded_rules = [\"require-concurrent-index-creation\"]\n\
                  excluded_paths = [\"*_legacy.sql\"]\nassume_in_transaction = true\n";
    fs::write(path.join(".squawk.toml"), squawk).unwrap();
    fs::create_dir_all(path.join("db")).unwrap();
    fs::write(path.join("db/a.sql"), "CREATE INDEX i ON t (a);\n").unwrap();
    fs::write(path.join("db/b.sql"), "CREATE INDEX CONCURRENTLY j ON t (a);\n").unwrap();
    fs::write(path.join("db/c_legacy.sql"), "DROP TABLE t;\n").unwrap();
    ran(path, "init --from squawk");
    assert!(ran(path, "config").contains("postgres = 14"));
    let output = text(&shipworthy(path, "check --output-format concise").stdout);
    assert!(!output.contains("blocking-index-build"), "an excluded rule: {output}");
    assert!(!output.contains("c_legacy.sql"), "an excluded path: {output}");
    assert!(output.contains("db/b.sql:1:1: error[refused-in-transaction]"), "assume_in_transaction: {output}");
    // Without one there is nothing to take over.
    let other = tempfile::tempdir().unwrap();
    let refused = shipworthy(other.path(), "init --from squawk");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("there is no .squawk.toml"));
}
