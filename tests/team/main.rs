//! A team's day with the built program: only what is new, on git repositories that the tests build, and the configuration.

mod allow;
mod baseline;
mod clash;
mod configuration;
mod discipline;
mod history;
mod hooks;
mod lists;
mod since;
mod staged;
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder that is a git repository once [`Work::git`] made it one.
struct Work {
    folder: TempDir,
}

impl Work {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A repository whose branch `main` has one migration: `orders`, with rows.
    fn with_orders() -> Self {
        let work = Self::new();
        work.git("init -q -b main");
        work.write("db/0001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
        work.commit("orders");
        work
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn git(&self, arguments: &str) -> String {
        let output = git(self.path(), arguments);
        assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git("add -A");
        self.git(&format!("commit -q -m {message}"));
    }

    /// `shipworthy ... --output-format concise`: the findings, then what is told beside them, then the exit status.
    fn check(&self, arguments: &str) -> (Vec<String>, String, i32) {
        self.check_in(self.path(), arguments)
    }

    fn check_in(&self, folder: &Path, arguments: &str) -> (Vec<String>, String, i32) {
        let output = shipworthy(folder, &format!("check --output-format concise {arguments}"));
        let findings = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        (findings, String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
    }

    /// The rules that speak, each with its file.
    fn found(&self, arguments: &str) -> Vec<String> {
        let (findings, told, status) = self.check(arguments);
        assert!(status < 2, "{told}");
        let short = |line: &String| {
            let (place, rest) = line.split_once(": ").unwrap();
            let rule = rest.split_once('[').unwrap().1.split_once(']').unwrap().0;
            format!("{} {rule}", place.split(':').next().unwrap())
        };
        findings.iter().map(short).filter(|found| !found.ends_with("missing-lock-timeout")).collect()
    }
}

fn git(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]);
    command.args(arguments.split(' ')).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().unwrap()
}

fn shipworthy(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(folder).args(arguments.split_whitespace()).env_remove("CLICOLOR_FORCE").output().unwrap()
}

const INDEX_ON_ORDERS: &str = "CREATE INDEX orders_note ON orders (note);\n";
const NONE: [&str; 0] = [];

#[test]
fn after_a_version_migrations_are_judged_and_are_one_deployment() {
    let work = Work::new();
    work.write("db/9_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
    work.write("db/10_old.sql", INDEX_ON_ORDERS);
    work.write("db/11_lines.sql", "CREATE TABLE lines (id bigint PRIMARY KEY, note text);\n");
    work.write("db/12_index.sql", "CREATE INDEX lines_note ON lines (note);\nDROP INDEX orders_note;\n");
    assert_eq!(work.found("--after 10 db"), ["db/12_index.sql blocking-index-drop"]);
    work.write("shipworthy.toml", "after = \"12\"");
    assert_eq!(work.found("db"), NONE);
    let (_, told, status) = work.check("--after newest db");
    assert_eq!((told.contains("it has no digits"), status), (true, 2));
}
