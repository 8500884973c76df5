//! Scripts that no tool runs: what may be said of one that may run before another or behind it.

use shipworthy::check::{File, Project, check};
use shipworthy::rule::RuleSet;
use shipworthy::settings::Settings;
use shipworthy::source::Source;
use shipworthy::tool::Tool;

/// The findings of severity error in files as they lie in a folder.
fn errors(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> = files.iter().map(|(name, text)| Source::new(*name, *text).into()).collect();
    let project = Project { ordered: false, ..Project::of(Tool::NONE, files) };
    let outcome = check(vec![project], &Settings::default(), &RuleSet::builtin());
    let errors = outcome.diagnostics.iter().filter(|finding| finding.severity.name() == "error");
    errors.map(|finding| format!("{} {}", outcome.sources.get(finding.at.source).path(), finding.rule)).collect()
}

#[test]
fn numbers_of_their_own_are_an_order() {
    let found = errors(&[
        ("1_tables.sql", "CREATE TABLE t (id bigint PRIMARY KEY);"),
        ("2_column.sql", "ALTER TABLE t ALTER COLUMN note SET DEFAULT '';"),
    ]);
    assert_eq!(found, ["2_column.sql missing-object"]);
}

#[test]
fn without_an_order_another_file_may_have_made_it() {
    for (tables, column) in [("tables.sql", "z_column.sql"), ("2024-05-01-a.sql", "2024-05-01-b.sql")] {
        let found = errors(&[
            (tables, "CREATE TABLE t (id bigint PRIMARY KEY);"),
            (column, "ALTER TABLE t ALTER COLUMN note SET DEFAULT ''; CREATE TABLE t (id bigint PRIMARY KEY);"),
        ]);
        assert_eq!(found, [""; 0]);
    }
    // What the file itself says is certain.
    let found = errors(&[
        ("tables.sql", "CREATE TABLE t (id bigint PRIMARY KEY);"),
        ("z.sql", "CREATE TABLE u (id bigint PRIMARY KEY); ALTER TABLE u DROP COLUMN note;"),
    ]);
    assert_eq!(found, ["z.sql missing-object"]);
}

#[test]
fn files_of_one_number_are_one_deployment() {
    let tables = "CREATE TABLE t (id bigint PRIMARY KEY, note text);";
    let index = "CREATE INDEX t_note_idx ON t (note);";
    assert_eq!(errors(&[("7.all.sql", tables), ("7.master.sql", index)]), [""; 0]);
    assert_eq!(errors(&[("7.all.sql", tables), ("8.master.sql", index)]), ["8.master.sql blocking-index-build"]);
}

#[test]
fn a_kit_makes_and_unmakes_a_schema() {
    let kit = [
        ("AddKeys.sql", "ALTER TABLE t ADD PRIMARY KEY (id); ALTER TABLE u ADD FOREIGN KEY (id) REFERENCES t;"),
        ("CreateTables.sql", "CREATE TABLE t (id bigint NOT NULL); CREATE TABLE u (id bigint NOT NULL);"),
        ("DropTables.sql", "DROP TABLE u; DROP TABLE t;"),
        ("old.sql", "DROP TABLE legacy;"),
    ];
    assert_eq!(errors(&kit), ["old.sql dropped-table"]);
    // A script that drops one of them is no kit's.
    let scripts = [kit[0], kit[1], ("drop_u.sql", "DROP TABLE u;")];
    let found = errors(&scripts);
    assert!(found.contains(&"drop_u.sql dropped-table".to_owned()), "{found:?}");
    assert!(found.contains(&"AddKeys.sql blocking-unique-constraint".to_owned()), "{found:?}");
}

#[test]
fn what_is_in_the_way_of_a_drop_is_told_once() {
    let found = errors(&[(
        "1.sql",
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY REFERENCES a);
         CREATE TABLE c (id bigint PRIMARY KEY); DROP TABLE a; ALTER TABLE c RENAME TO a;",
    )]);
    assert_eq!(found, ["1.sql dependents-in-the-way"]);
}
