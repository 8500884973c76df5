//! A small project for every migration tool, of our own writing: how it is recognised, in which order its files run, which way each section
//! goes and how it reaches the server, and what is found about that. In each, two files differ in the tool's own line (or its version) alone.

use shipworthy::check::{File, Project, check};
use shipworthy::discover::{Options, discover};
use shipworthy::migration::{Direction, Role};
use shipworthy::rule::RuleSet;
use shipworthy::settings::Settings;
use shipworthy::source::{ColumnUnit, Source};
use shipworthy::tool::Tool;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const PROJECTS: &str = "fixtures/projects";

/// What the tool has a say in; the other rules have tests of their own.
fn is_about_tools(rule: &str, category: &str) -> bool {
    let others = [
        "refused-by-tool",
        "not-run",
        "hard-coded-foreign-key",
        "syntax-error",
        "ineffective-setting",
        "dropped-table",
        "dropped-column",
        "rewriting-type-change",
    ];
    category == "transaction" || others.contains(&rule)
}

/// Everything that is known of a project.
fn told(name: &str) -> String {
    let given = PathBuf::from(PROJECTS).join(name);
    let found = discover(std::slice::from_ref(&given), &Options::default());
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    let own = |text: &str| text.replace(&format!("{PROJECTS}/{name}/"), "").replace(&format!("{PROJECTS}/{name}"), ".");
    let mut projects = Vec::new();
    let mut heads = Vec::new();
    for project in found.projects {
        let mut head = format!("{}: {} {}", project.root, project.tool.display, project.tool_from);
        let _ = write!(head, "\n  for {} {}", project.dialect.display(), project.dialect_from);
        let _ = project.assumption.iter().try_for_each(|assumption| write!(head, "\n  {assumption}"));
        heads.push(own(head.trim_end()));
        let files = project.files.into_iter().map(|file| {
            let source = Source::decode(own(&file.display), std::fs::read(&file.path).unwrap()).unwrap();
            File {
                role: file.role,
                judged: file.judged,
                transaction: file.transaction,
                remarks: file.remarks,
                ..source.into()
            }
        });
        let whole = project.tool != Tool::NONE;
        let (ordered, dialect, assumption, older) =
            (project.ordered, project.dialect, project.assumption, project.older);
        projects.push(Project {
            whole,
            ordered,
            dialect,
            assumption,
            older,
            ..Project::of(project.tool, files.collect())
        });
    }
    let outcome = check(projects, &Settings::default(), &RuleSet::builtin());
    let mut text = String::new();
    for (head, project) in heads.iter().zip(&outcome.projects) {
        let _ = writeln!(text, "{head}");
        for migration in &project.migrations {
            let role = match migration.role {
                Role::Migration => "",
                Role::Repeatable => " repeatable",
                Role::Callback => " callback",
                Role::Down => " down",
                Role::Seed => " seed",
                Role::Schema => " schema",
                Role::Included => " included",
            };
            let context = if migration.judged || migration.role == Role::Schema { "" } else { " (context)" };
            let sections: Vec<_> = migration
                .sections
                .iter()
                .filter(|_| migration.role != Role::Schema)
                .map(|section| {
                    let way = if section.direction == Direction::Up { "up" } else { "down" };
                    format!("{way} {:?}", section.transaction)
                })
                .collect();
            let path = outcome.sources.get(migration.source).path().to_owned();
            let _ = writeln!(text, "  {path}{role}{context}: {}", sections.join(", "));
        }
    }
    for skipped in &found.skipped {
        let _ = writeln!(text, "left out {}: {}", own(&skipped.display), own(&skipped.reason));
    }
    for finding in outcome.diagnostics.iter().filter(|finding| is_about_tools(&finding.rule, &finding.category)) {
        let source = outcome.sources.get(finding.at.source);
        let place = source.line_column(finding.at.span.start, ColumnUnit::Char);
        let (path, line, severity) = (source.path(), place.line, finding.severity.name());
        let _ = writeln!(text, "{path}:{line}: {severity}[{}] {}", finding.rule, finding.message);
        for note in &finding.notes {
            let _ = writeln!(text, "  assumed: {note}");
        }
    }
    text
}

/// The findings about one file.
fn about<'t>(told: &'t str, path: &str) -> Vec<&'t str> {
    let findings = told.lines().filter(|line| line.starts_with(&format!("{path}:")));
    findings.map(|line| line.split_once(": ").map_or(line, |(_, finding)| finding)).collect()
}

#[test]
fn every_project() {
    let mut names: Vec<_> = std::fs::read_dir(PROJECTS)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        // These two are read by tests/projects.rs.
        .filter(|name| !matches!(name.as_str(), "supabase-shop" | "prisma-blog"))
        .collect();
    names.sort();
    for name in names {
        insta::assert_snapshot!(format!("project_{name}"), told(&name));
    }
}

#[test]
fn every_tool_has_a_project() {
    for tool in Tool::ALL {
        let name = if tool == Tool::NONE { "plain" } else { tool.name };
        assert!(Path::new(PROJECTS).join(name).is_dir(), "no project for {name}");
    }
}

/// Two files that say the same but for the tool's line: what refuses a transaction is refused in one, and in the other it is not.
#[test]
fn a_line_of_the_tool_makes_the_difference() {
    for (tool, inside, outside) in [
        ("flyway", "db/migration/V2__index.sql", "db/migration/V2.1__index_by_conf.sql"),
        ("goose", "00002_index.sql", "00003_index_outside.sql"),
        ("dbmate", "db/migrations/20250102000000_index.sql", "db/migrations/20250103000000_index_outside.sql"),
        ("sqlx", "migrations/20250102000000_index.sql", "migrations/20250103000000_index_outside.sql"),
        ("diesel", "migrations/2025-01-02-000000_index/up.sql", "migrations/2025-01-03-000000_index_outside/up.sql"),
        ("atlas", "migrations/20250102000000_index.sql", "migrations/20250103000000_index_outside.sql"),
        ("sqitch", "deploy/index.sql", "deploy/index_outside.sql"),
        ("tern", "migrations/002_index.sql", "migrations/003_index_outside.sql"),
        ("graphile-migrate", "migrations/committed/000002-index.sql", "migrations/committed/000003-index-outside.sql"),
        ("sql-migrate", "migrations/2_index.sql", "migrations/3_index_outside.sql"),
        (
            "hasura",
            "migrations/default/1735689600001_index/up.sql",
            "migrations/default/1735689600002_index_outside/up.sql",
        ),
        ("yoyo", "migrations/0002.index.sql", "migrations/0003.index_outside.sql"),
        ("evolve", "Sql_Scripts/V1_1__index.sql", "Sql_Scripts/V1_2__index_outside.sql"),
        ("bun", "migrations/20250102000000_index.tx.up.sql", "migrations/20250103000000_index_outside.up.sql"),
        ("geni", "migrations/1735689601_index.up.sql", "migrations/1735689602_index_outside.up.sql"),
        ("django", "sql/0002_index.sql", "sql/0003_index_outside.sql"),
        ("alembic", "sql/0001_base_to_index.sql", "sql/0002_index_outside.sql"),
        ("golang-migrate", "migrations/9_index.up.sql", "migrations/10_index_alone.up.sql"),
        (
            "prisma",
            "before-7.4/prisma/migrations/20250102000000_index/migration.sql",
            "since-7.4/prisma/migrations/20250102000000_index/migration.sql",
        ),
        (
            "supabase",
            "before-2.109/supabase/migrations/20250102000000_index.sql",
            "since-2.109/supabase/migrations/20250102000000_index.sql",
        ),
    ] {
        let told = told(tool);
        let refused = |path| about(&told, path).iter().any(|finding| finding.contains("[refused-in-transaction]"));
        assert!(told.contains(&format!("  {inside}")) && told.contains(&format!("  {outside}")), "{tool}: {told}");
        assert!(refused(inside), "{tool}: {inside} is refused: {told}");
        assert!(!refused(outside), "{tool}: {outside} is not: {told}");
    }
}

/// Tools that have no such line: what looks like one is said to have no effect.
#[test]
fn a_line_that_the_tool_does_not_have_is_said_to_do_nothing() {
    for (tool, with, without) in [
        ("refinery", "migrations/V5__hope.sql", "migrations/V6__no_hope.sql"),
        ("drizzle", "drizzle/0003_hope.sql", "drizzle/0002_index.sql"),
        ("node-pg-migrate", "migrations/1735689600002_hope.sql", "migrations/1735689600001_index.sql"),
    ] {
        let told = told(tool);
        let ignored = |path| about(&told, path).iter().any(|finding| finding.contains("[ignored-line]"));
        assert!(ignored(with) && !ignored(without), "{tool}: {told}");
    }
}

/// What the program prints on standard error about plain files, with these arguments, in a folder that holds `shipworthy.toml` if one is given.
fn said(arguments: &[&str], configuration: Option<&str>) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    std::fs::create_dir(folder.path().join("sql")).unwrap();
    std::fs::write(folder.path().join("sql/1_a.sql"), "CREATE TABLE a (id bigint PRIMARY KEY);\n").unwrap();
    if let Some(text) = configuration {
        std::fs::write(folder.path().join("shipworthy.toml"), text).unwrap();
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(folder.path()).args(["check", "--output-format", "concise"]).args(arguments).arg("sql");
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_command_line_goes_before_the_configuration_and_that_before_the_looks() {
    assert!(said(&[], None).contains("no migration tool recognised"));
    let goose = said(&["--tool", "goose"], None);
    assert!(goose.contains("goose runs the files, as --tool says"), "{goose}");
    assert!(goose.contains("[refused-by-tool] goose refuses a file without `-- +goose Up`"), "{goose}");
    let flyway = said(&[], Some("tool = \"flyway\"\n"));
    assert!(flyway.contains("Flyway"), "{flyway}");
    let sqlx = said(&["--tool", "sqlx"], Some("tool = \"flyway\"\n"));
    assert!(sqlx.contains("sqlx runs the files, as --tool says"), "{sqlx}");
    let other = said(&[], Some("[[override]]\npaths = \"sql/**\"\ntool = \"tern\"\ndialect = \"sqlite\"\n"));
    assert!(other.contains("tern runs the files, as shipworthy.toml says"), "{other}");
    assert!(other.contains("1 file for SQLite (as shipworthy.toml says)"), "{other}");
    let unknown = said(&["--tool", "flyaway"], None);
    assert!(unknown.contains("flyway") && unknown.contains("invalid value"), "{unknown}");
}

/// Real projects, each in a folder of its own below `$CORPORA`: which tool and server are recognised, and what becomes of each file. None is
/// dropped without a word. Run it with `CORPORA=/path cargo test --test tools -- --ignored --nocapture`.
#[test]
#[ignore = "needs checkouts of real projects"]
fn real_projects() {
    let corpora = PathBuf::from(std::env::var_os("CORPORA").unwrap());
    let mut names: Vec<_> = std::fs::read_dir(&corpora).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut dropped = Vec::new();
    println!("project\troot\ttool\tdialect\tmigrations\tdown\trepeatable\tseed\tschema\thow");
    for name in names {
        let folder = corpora.join(&name);
        let found = discover(std::slice::from_ref(&folder), &Options::default());
        let own = |text: &str| {
            text.replace(&format!("{}/", folder.display()), "").replace(&folder.display().to_string(), ".")
        };
        let mut told = Vec::new();
        for project in &found.projects {
            let count = |role| project.files.iter().filter(|file| file.role == role).count();
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}; {}",
                name.display(),
                own(&project.root),
                project.tool.name,
                project.dialect.name(),
                count(Role::Migration),
                count(Role::Down),
                count(Role::Repeatable),
                count(Role::Seed),
                count(Role::Schema),
                own(&project.tool_from),
                own(&project.dialect_from),
            );
            told.extend(project.files.iter().map(|file| file.path.clone()));
        }
        let mut reasons: std::collections::BTreeMap<String, (usize, String)> = std::collections::BTreeMap::new();
        for skipped in &found.skipped {
            let entry = reasons.entry(own(&skipped.reason)).or_insert((0, own(&skipped.display)));
            entry.0 += 1;
        }
        for (reason, (count, first)) in reasons {
            println!("{}\t\tleft out\t\t{count}\t\t\t\t\t{first}: {reason}", name.display());
        }
        let hidden = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_str().unwrap_or_default();
            entry.depth() > 0
                && entry.file_type().is_dir()
                && (name.starts_with('.') || matches!(name, "node_modules" | "target" | "vendor"))
        };
        let walk = walkdir::WalkDir::new(&folder).into_iter().filter_entry(|entry| !hidden(entry)).flatten();
        for entry in walk.filter(|entry| !entry.file_type().is_dir()) {
            let path = std::fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path().to_owned());
            let is_sql = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
            let skipped = found.skipped.iter().any(|skipped| path.starts_with(&skipped.path));
            if is_sql && !told.contains(&path) && !skipped {
                dropped.push(entry.path().display().to_string());
            }
        }
    }
    assert!(dropped.is_empty(), "{} files were dropped without a word: {dropped:#?}", dropped.len());
}
