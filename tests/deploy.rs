//! The files around the migrations, with the program as it is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy").join(name)
}

/// The findings, a line each.
fn check(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_shipworthy"))
        .current_dir(folder)
        .args(["check", "--output-format", "concise"])
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    told.lines().map(str::to_owned).collect()
}

#[test]
fn a_push_names_the_column_that_it_would_drop() {
    let found = check(&fixture("story"), &[]);
    let of = |rule: &str| {
        let found: Vec<_> = found.iter().filter(|line| line.contains(rule)).cloned().collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    assert_eq!(
        of("[accepted-data-loss]"),
        "package.json:5:14: error[accepted-data-loss] `prisma db push` drops without asking `Document.embedding`"
    );
    let schema = of("[push-drops-column]");
    assert!(schema.starts_with("prisma/schema.prisma:6:") && schema.contains("`embedding` of `Document`"), "{schema}");
}

#[test]
fn each_kind_of_file_is_read() {
    let found = check(&fixture("harmful"), &["--surroundings", "always"]);
    let files = |wanted: &str| {
        found.iter().any(|line| {
            let file = line.split(':').next().unwrap_or_default();
            let rule = line.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
            format!("{file} {rule}") == wanted
        })
    };
    for wanted in [
        ".github/workflows/deploy.yml reset-database",
        ".gitlab-ci.yml reset-database",
        "Dockerfile accepted-data-loss",
        "Makefile reset-database",
        "Procfile reset-database",
        "compose.prod.yml written-in-deployment",
        "deploy.sh reset-database",
        "fly.toml pushed-schema",
        "k8s/app.yaml racing-migrations",
        "package.json accepted-data-loss",
        "src/application-prod.yml reset-database",
        "src/data-source.ts accepted-data-loss",
    ] {
        assert!(files(wanted), "{wanted}\n{found:#?}");
    }
    assert_eq!(found.len(), 12, "{found:#?}");
    let none: [String; 0] = [];
    assert_eq!(check(&fixture("harmless"), &["--surroundings", "always"]), none);
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const BUILD: &str = "{ \"scripts\": { \"build\": \"prisma migrate reset --force\" } }";

#[test]
fn they_are_looked_at_where_a_project_begins() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path();
    write(folder, "package.json", BUILD);
    write(folder, "db/0001_a.sql", "SELECT 1;\n");
    write(folder, "db/deploy.sh", "prisma migrate reset --force\n");
    write(folder, "node_modules/x/package.json", BUILD);
    write(folder, "app/node_modules/x/package.json", BUILD);
    let count =
        |arguments: &[&str]| check(folder, arguments).iter().filter(|line| line.contains("reset-database")).count();
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["."]), 2);
    assert_eq!(count(&["db"]), 0);
    assert_eq!(count(&["db/0001_a.sql"]), 0);
    assert_eq!(count(&["db", "--surroundings", "always"]), 1);
    assert_eq!(count(&["--surroundings", "never"]), 0);
    write(folder, "shipworthy.toml", "surroundings = false\n");
    assert_eq!(count(&[]), 0);
    write(folder, "shipworthy.toml", "paths = [\"db\"]\n");
    assert_eq!(count(&[]), 2);
    write(folder, "shipworthy.toml", "exclude = [\"db\"]\n");
    assert_eq!(count(&[]), 1);
}

#[test]
fn they_are_silenced_in_their_own_comments() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path();
    write(folder, "deploy.sh", "#!/bin/sh\n# shipworthy: allow reset-database a demo\nprisma migrate reset --force\n");
    write(
        folder,
        "Dockerfile",
        "FROM a\n# shipworthy: allow reset-database a demo\nCMD a && \\\n  prisma migrate reset --force\n",
    );
    write(
        folder,
        ".github/workflows/deploy.yml",
        "jobs:\n  deploy:\n    steps:\n      - run: |\n          echo\n          # shipworthy: allow reset-database a demo\n          prisma migrate reset --force\n",
    );
    write(
        folder,
        "src/data-source.ts",
        "import 'typeorm'\nx({\n  // shipworthy: allow accepted-data-loss a demo\n  synchronize: true,\n})\n",
    );
    write(folder, "package.json", BUILD);
    let off = "[[override]]\npaths = \"package.json\"\nseverity = { reset-database = \"off\" }\n";
    write(folder, "shipworthy.toml", off);
    let none: [String; 0] = [];
    assert_eq!(check(folder, &[]), none);
    write(folder, "deploy.sh", "#!/bin/sh\n# shipworthy: allow reset-database a demo\nprisma migrate deploy\n");
    let found = check(folder, &[]);
    assert!(found.len() == 1 && found[0].contains("unused-allow"), "{found:#?}");
}
