//! Histories and what the replay makes of their transactions.

use super::*;
use crate::check::{File, Project, read};
use crate::source::Source;
use crate::tool::Tool;

/// Replays files that are handed over in a mode: one line a statement, `-` where its work is undone, `t` in a transaction, and the
/// locks that it takes.
fn replayed(mode: TransactionMode, files: &[&str]) -> Vec<String> {
    let files = files.iter().enumerate().map(|(number, text)| File {
        transaction: Some(mode),
        ..File::from(Source::new(format!("{number}.sql"), *text))
    });
    let project = Project::of(Tool::NONE, files.collect());
    let (sources, projects) = read(vec![project], &Settings::default());
    let line = |step: &Step| {
        let text = sources.get(step.source).slice(step.at.span);
        let words: Vec<_> = text.split_whitespace().take(4).collect();
        let new = step.effects.iter().filter_map(|effect| match (&effect.kind, &effect.subject) {
            (EffectKind::TakesLock { lock, .. }, Some(subject)) => {
                Some(format!(" {}{}:{}", if subject.new { "new " } else { "" }, subject.relation, lock.word()))
            }
            _ => None,
        });
        format!(
            "{}{} {}{}",
            if step.undone { "-" } else { "+" },
            if step.in_transaction { "t" } else { " " },
            words.join(" "),
            new.collect::<String>()
        )
    };
    projects.iter().flat_map(|project| &project.replay.steps).map(line).collect()
}

#[test]
fn rollback_takes_back_what_the_transaction_made() {
    let steps = replayed(
        TransactionMode::Statement,
        &["BEGIN; CREATE TABLE a (id int); ROLLBACK; CREATE INDEX i ON a (id);", "TRUNCATE a;"],
    );
    assert_eq!(
        steps,
        [
            "+  BEGIN",
            "-t CREATE TABLE a (id",
            "-t ROLLBACK",
            // The table of the transaction is gone: this `a` is another, and old.
            "+  CREATE INDEX i ON a:share",
            "+  TRUNCATE a a:access-exclusive i:access-exclusive",
        ]
    );
}

#[test]
fn rollback_to_a_savepoint_keeps_what_came_before_it() {
    let steps = replayed(
        TransactionMode::Statement,
        &["BEGIN; CREATE TABLE a (id int); SAVEPOINT s; CREATE TABLE b (id int); ROLLBACK TO s; COMMIT;"],
    );
    let undone: Vec<_> = steps.iter().filter(|step| step.starts_with('-')).collect();
    assert_eq!(undone, ["-t CREATE TABLE b (id", "-t ROLLBACK TO s"]);
}

#[test]
fn what_a_file_leaves_open_is_rolled_back_at_its_end() {
    let steps = replayed(TransactionMode::Statement, &["BEGIN; CREATE TABLE a (id int);", "SELECT 1;"]);
    assert_eq!(steps, ["+  BEGIN", "-t CREATE TABLE a (id", "+  SELECT 1"]);
}

#[test]
fn a_message_of_several_statements_is_one_transaction() {
    let one = replayed(TransactionMode::OneMessage, &["CREATE TABLE a (id int);"]);
    assert_eq!(one, ["+  CREATE TABLE a (id"]);
    let two = replayed(TransactionMode::OneMessage, &["CREATE TABLE a (id int); CREATE TABLE b (id int);"]);
    assert_eq!(two, ["+t CREATE TABLE a (id", "+t CREATE TABLE b (id"]);
}

#[test]
fn a_commit_ends_the_tools_transaction() {
    let steps = replayed(TransactionMode::File, &["CREATE TABLE a (id int); COMMIT; CREATE TABLE b (id int);"]);
    assert_eq!(steps, ["+t CREATE TABLE a (id", "+t COMMIT", "+  CREATE TABLE b (id"]);
}

#[test]
fn set_local_ends_with_its_transaction_and_gives_back_what_was_there() {
    let timeout = |text: &str| {
        let file = File { transaction: Some(TransactionMode::Statement), ..File::from(Source::new("a.sql", text)) };
        let project = Project::of(Tool::NONE, vec![file]);
        let (_, projects) = read(vec![project], &Settings::default());
        let last = projects[0].replay.steps.last().unwrap();
        last.effects.iter().find_map(|effect| match effect.kind {
            EffectKind::TakesLock { timeout, .. } => Some(timeout.word()),
            _ => None,
        })
    };
    assert_eq!(timeout("SET lock_timeout = '1s'; TRUNCATE a;"), Some("set"));
    assert_eq!(timeout("BEGIN; SET LOCAL lock_timeout = '1s'; COMMIT; TRUNCATE a;"), Some("unset"));
    assert_eq!(timeout("SET lock_timeout = '1s'; BEGIN; SET LOCAL lock_timeout = 0; COMMIT; TRUNCATE a;"), Some("set"));
    assert_eq!(timeout("BEGIN; SET lock_timeout = '1s'; ROLLBACK; TRUNCATE a;"), Some("unset"));
    assert_eq!(timeout("SET LOCAL lock_timeout = '1s'; TRUNCATE a;"), Some("unset"));
}

#[test]
fn a_block_in_a_message_ends_where_the_file_ends_it() {
    for mode in [TransactionMode::OneMessage, TransactionMode::Pipeline] {
        let steps = replayed(mode, &["BEGIN; CREATE TABLE a (id int); COMMIT; CREATE TABLE b (id int);"]);
        assert_eq!(steps, ["+t BEGIN", "+t CREATE TABLE a (id", "+t COMMIT", "+t CREATE TABLE b (id"]);
        let open = replayed(mode, &["CREATE TABLE a (id int); BEGIN; CREATE TABLE b (id int);"]);
        assert_eq!(open, ["-t CREATE TABLE a (id", "-t BEGIN", "-t CREATE TABLE b (id"]);
    }
}

#[test]
fn a_pipeline_is_a_transaction_even_around_a_single_statement() {
    assert_eq!(replayed(TransactionMode::Pipeline, &["CREATE TABLE a (id int);"]), ["+t CREATE TABLE a (id"]);
}

#[test]
fn what_a_file_includes_has_run_by_then() {
    let function = |column: &str| {
        let body = format!("BEGIN UPDATE t SET {column} = 1; END");
        format!("CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS '{body}';")
    };
    let given = format!("CREATE TABLE t (id int PRIMARY KEY, a int, b int); {}", function("a"));
    let current = "SELECT 1;\n--!include part.sql\nALTER TABLE t DROP COLUMN a;";
    let at = current.find("--!").unwrap_or_default() as u32;
    let broken = |includes: &[(u32, &str)], nested: &[(u32, &str)]| {
        let owned = |lines: &[(u32, &str)]| lines.iter().map(|(at, path)| (*at, (*path).to_owned())).collect();
        let part = |path: &str, text: &str, nested: &[(u32, &str)]| File {
            role: Role::Included,
            judged: false,
            includes: owned(nested),
            ..Source::new(path, text).into()
        };
        let files = vec![
            Source::new("1.sql", given.as_str()).into(),
            part("part.sql", &format!("-- by f\n{}", function("b")), nested),
            part("inner.sql", &function("a"), &[]),
            File { includes: owned(includes), ..Source::new("current.sql", current).into() },
        ];
        let (_, projects) = read(vec![Project::of(Tool::NONE, files)], &Settings::default());
        let steps = projects.iter().flat_map(|project| &project.replay.steps);
        steps.flat_map(|step| &step.effects).filter(|effect| effect.kind.name() == "breaks-function").count()
    };
    assert_eq!(broken(&[], &[]), 1);
    assert_eq!(broken(&[(at, "part.sql")], &[]), 0);
    // What is included in turn stands where it is named, here in front of the function.
    assert_eq!(broken(&[(at, "part.sql")], &[(0, "inner.sql")]), 0);
    assert_eq!(broken(&[(at, "part.sql")], &[(u32::MAX - 1, "inner.sql")]), 1);
}
