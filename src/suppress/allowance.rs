//! The comment that would allow a finding, with all that would speak in its place, and where it would stand: what people paste and editors insert.

use crate::diagnostic::{Allowance, Diagnostic};
use crate::migration::{Migration, Role};
use crate::source::Source;
use crate::tool::Tool;

/// The comment that would allow a finding in a migration. It stands directly above the statement, which is below all that a tool demands
/// of a file's first lines; where it is about the file, above the first statement. `None` where there is no statement.
pub fn allowance(found: &Diagnostic, migration: &Migration, source: &Source, tool: &Tool) -> Option<Allowance> {
    let index = found.statement.unwrap_or(0);
    let start = migration.statements.get(index)?.span.start;
    let verb = if found.statement.is_some() { "allow" } else { "allow-file" };
    let line = source.text().get(..start as usize)?.rsplit('\n').next().unwrap_or_default();
    let names: Vec<_> = std::iter::once(&found.rule).chain(&found.also).map(|name| name.as_str()).collect();
    let comment = format!("shipworthy: {verb} {} <why>", names.join(", "));
    let (at, insert) = match line.trim().is_empty() {
        true => (start - line.len() as u32, format!("{line}-- {comment}\n")),
        // Something else stands before it on its line, whose comment that line's would be.
        false => (start, format!("/* {comment} */ ")),
    };
    // Whether the file has run somewhere already is not known, unless somebody said what is new.
    let changes_checksum = tool.checksums && migration.role == Role::Migration && !migration.pending;
    Some(Allowance { insert, at, changes_checksum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{File, Project, check};
    use crate::rule::RuleSet;
    use crate::settings::Settings;

    /// The texts with the comments of all findings of a rule inserted, and what is found then.
    fn allowed(tool: Tool, text: &str, rule: &str) -> (String, Vec<String>) {
        let run = |text: &str| {
            let project = Project::of(tool, vec![File::from(Source::new("1_a.up.sql", text))]);
            check(vec![project], &Settings::default(), &RuleSet::builtin()).diagnostics
        };
        let mut inserted = text.to_owned();
        let mut found: Vec<_> = run(text).into_iter().filter(|found| found.rule == rule).collect();
        assert!(!found.is_empty(), "{text}");
        found.sort_by_key(|found| std::cmp::Reverse(found.at));
        for found in found {
            let allow = found.allow.unwrap();
            inserted.insert_str(allow.at as usize, &allow.insert.replace("<why>", "it is empty"));
        }
        let left = run(&inserted).into_iter().map(|found| found.rule.to_string()).collect();
        (inserted, left)
    }

    #[test]
    fn the_comment_silences_the_finding_and_nothing_is_said_of_it() {
        let rule = "dropped-table";
        for (tool, text) in [
            (Tool::NONE, "DROP TABLE a;\n"),
            (Tool::NONE, "SELECT 1; DROP TABLE a;\n"),
            (Tool::NONE, "SELECT 1;\n\n    DROP TABLE a;\n"),
            (Tool::NONE, "-- about a\r\nDROP TABLE a;\r\n"),
            (Tool::GOOSE, "-- +goose Up\nDROP TABLE a;\n-- +goose Down\nSELECT 1;\n"),
            (Tool::GOOSE, "-- +goose Up\n-- +goose StatementBegin\nDROP TABLE a;\n-- +goose StatementEnd\n"),
            (Tool::SQLX, "-- no-transaction\nDROP TABLE a;\n"),
            (Tool::ATLAS, "-- atlas:txmode none\n\nDROP TABLE a;\n"),
            (Tool::HASURA, "-- hasura:no-transaction\nDROP TABLE a;\n"),
            (Tool::LIQUIBASE, "--liquibase formatted sql\n--changeset me:1\nDROP TABLE a;\n"),
            (Tool::DBMATE, "-- migrate:up\nDROP TABLE a;\n-- migrate:down\n"),
        ] {
            let before = text.lines().count();
            let (inserted, left) = allowed(tool, text, rule);
            assert!(
                !left.iter().any(|left| left == rule || left.ends_with("-allow") || left == "ignored-line"),
                "{left:?} in\n{inserted}"
            );
            assert!(inserted.lines().count() - before <= 1);
            // What the tool reads in the first line is still the first.
            assert!(tool.first_line.is_none() || inserted.lines().next() == text.lines().next(), "{inserted}");
        }
    }

    #[test]
    fn where_bytes_are_compared_that_is_said() {
        let found = |tool: Tool, pending: bool| {
            let file = File { pending, ..File::from(Source::new("1_a.up.sql", "DROP TABLE a;\n")) };
            let outcome = check(vec![Project::of(tool, vec![file])], &Settings::default(), &RuleSet::builtin());
            let found = outcome.diagnostics.iter().find(|found| found.rule == "dropped-table");
            found.and_then(|found| found.allow.clone()).unwrap().changes_checksum
        };
        assert!(found(Tool::SQLX, false));
        assert!(!found(Tool::SQLX, true), "it has not run anywhere");
        assert!(!found(Tool::GOOSE, false));
    }
}
