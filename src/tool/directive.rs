//! Lines that were meant to take a file out of the tool's transaction, but do not.

use super::sections::{changeset, read};
use super::{Marking, Remark, RemarkKind, Section, Tool, TransactionMode};
use crate::source::{Source, Span};

/// A line by which files leave a tool's transaction.
struct Line {
    tool: Tool,
    /// As the tool wants it written.
    written: &'static str,
    /// Its letters and digits, lower case: what a misspelling has in common with it.
    letters: &'static str,
}

const LINES: [Line; 16] = [
    Line { tool: Tool::SQLX, written: "-- no-transaction", letters: "notransaction" },
    Line { tool: Tool::GRAPHILE_MIGRATE, written: "--! no-transaction", letters: "notransaction" },
    Line { tool: Tool::GOOSE, written: "-- +goose NO TRANSACTION", letters: "goosenotransaction" },
    Line { tool: Tool::DBMATE, written: "-- migrate:up transaction:false", letters: "migrateuptransactionfalse" },
    Line { tool: Tool::SQL_MIGRATE, written: "-- +migrate Up notransaction", letters: "migrateupnotransaction" },
    Line { tool: Tool::TERN, written: "---- tern: disable-tx ----", letters: "terndisabletx" },
    Line { tool: Tool::HASURA, written: "-- hasura:no-transaction", letters: "hasuranotransaction" },
    Line { tool: Tool::ATLAS, written: "-- atlas:txmode none", letters: "atlastxmodenone" },
    Line { tool: Tool::GENI, written: "-- transaction:no", letters: "transactionno" },
    Line { tool: Tool::EVOLVE, written: "-- evolve-tx-off", letters: "evolvetxoff" },
    Line { tool: Tool::YOYO, written: "-- transactional: false", letters: "transactionalfalse" },
    Line {
        tool: Tool::LIQUIBASE,
        written: "--changeset author:id runInTransaction:false",
        letters: "changesetrunintransactionfalse",
    },
    Line { tool: Tool::FLYWAY, written: "executeInTransaction=false", letters: "executeintransactionfalse" },
    Line { tool: Tool::DIESEL, written: "run_in_transaction = false", letters: "runintransactionfalse" },
    Line { tool: Tool::NODE_PG_MIGRATE, written: "pgm.noTransaction()", letters: "pgmnotransaction" },
    Line { tool: Tool::RAILS, written: "disable_ddl_transaction!", letters: "disableddltransaction" },
];

/// What people write who know what they want but not the tool's word for it.
const WISHES: [&str; 9] = [
    "notransaction",
    "notransactions",
    "notx",
    "disabletransaction",
    "disabletx",
    "transactionfalse",
    "transactionoff",
    "transactionnone",
    "txmodenone",
];

/// The lines of a file that were meant to take it out of the tool's transaction, but do not.
pub(super) fn remarks(
    tool: &Tool,
    source: &Source,
    comments: &[Span],
    statements: &[Span],
    sections: &[Section],
) -> Vec<Remark> {
    // Where the tool opens no transaction, none of these lines is missed.
    if tool.transaction == TransactionMode::Statement {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for &comment in comments {
        let line = source.slice(comment).lines().next().unwrap_or_default().trim_end();
        let span = Span::new(comment.start, comment.start + line.len() as u32);
        let obeyed = |section: &Section| section.opted_out.is_some_and(|by| by.start == span.start);
        if !line.starts_with("--") || sections.iter().any(obeyed) {
            continue;
        }
        if let Some((kind, problem)) = judge(tool, line) {
            // Within a statement a comment is prose.
            let inside = statements.iter().any(|statement| statement.start < span.start && span.end < statement.end);
            if !inside {
                let advice = tool.opt_out.unwrap_or_default().to_owned();
                remarks.push(Remark { span, kind, problem, advice });
            }
        }
    }
    remarks
}

/// What is wrong with a line that the tool did not obey; `None` where it was never meant to be obeyed.
fn judge(tool: &Tool, line: &str) -> Option<(RemarkKind, String)> {
    let own = LINES.iter().find(|candidate| candidate.tool.name == tool.name);
    if let Some(own) = own {
        if line == own.written {
            // goose obeys its line wherever it stands: a second one is only said twice.
            let obeyed = tool.marking == Marking::Goose;
            return (!obeyed).then(|| (RemarkKind::Misplaced, place(tool).to_owned()));
        }
        if let Some(verdict) = options(tool, line) {
            return verdict;
        }
    }
    let letters = letters(line);
    let exact = LINES.iter().find(|other| other.tool.name != tool.name && other.written == line);
    // sqlx's line is what anybody would write who guesses.
    if let Some(other) = exact.filter(|other| other.tool != Tool::SQLX || own.is_none()) {
        return Some((RemarkKind::OtherTool, format!("it is a line for {}", other.tool.display)));
    }
    if let Some(own) = own
        && (near(&letters, own.letters) || WISHES.contains(&letters.as_str()))
    {
        let problem = match (own.written.starts_with("--"), near(&letters, own.letters)) {
            (false, _) if own.written.ends_with(['!', ')']) => {
                format!("it is for migrations in {}'s own language, not in SQL", tool.display)
            }
            (false, _) => format!("{} looks for `{}` in a file beside, not here", tool.display, own.written),
            (true, _) if letters == own.letters && place_matters(tool) && spelt(own, line) => place(tool).to_owned(),
            (true, _) => format!("it must read `{}`", own.written),
        };
        let kind = if problem == place(tool) { RemarkKind::Misplaced } else { RemarkKind::Misspelt };
        return Some((kind, problem));
    }
    if WISHES.contains(&letters.as_str()) {
        return Some((RemarkKind::Misspelt, format!("{} has no such line", tool.display)));
    }
    let other = LINES.iter().find(|other| other.letters == letters)?;
    Some((RemarkKind::OtherTool, format!("it is a line for {}", other.tool.display)))
}

/// The options of a section's own line, where they are not what the tool knows. The inner `None`: they are fine.
fn options(tool: &Tool, line: &str) -> Option<Option<(RemarkKind, String)>> {
    let wrong = |problem: String| Some(Some((RemarkKind::Misspelt, problem)));
    match tool.marking {
        Marking::Dbmate => {
            read(tool.marking, line)?;
            let (_, options) = line.split_once("migrate:")?;
            let strange = options
                .split_whitespace()
                .skip(1)
                .find(|option| letters(option).contains("transaction") && !option.starts_with("transaction:true"));
            match strange {
                Some(_) => wrong("it must end with `transaction:false`, without a space".to_owned()),
                None => Some(None),
            }
        }
        Marking::SqlMigrate => {
            let words: Vec<_> = line.strip_prefix("-- +migrate ")?.split_whitespace().collect();
            let strange = words.iter().skip(1).find(|word| near(&letters(word), "notransaction"));
            match (words.first(), strange) {
                (Some(&("Up" | "Down")), Some(_)) => {
                    wrong("the option is written `notransaction`, in lower case".to_owned())
                }
                _ => Some(None),
            }
        }
        Marking::Liquibase => {
            let attributes = changeset(line)?.to_ascii_lowercase();
            let at = attributes.find("runintransaction")?;
            let value = attributes[at + "runintransaction".len()..].split_whitespace().next().unwrap_or_default();
            match value.strip_prefix(':').map(|value| value.trim_matches('"')) {
                Some("true" | "false") => Some(None),
                _ => wrong("the attribute is written `runInTransaction:false`, without spaces".to_owned()),
            }
        }
        _ => None,
    }
}

/// Whether a line is what the tool wants but for blanks.
fn spelt(own: &Line, line: &str) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    // graphile-migrate looks at the very beginning of the line.
    let mark = own.written.split_whitespace().next().unwrap_or_default();
    line.starts_with(mark) && dense(own.written).eq_ignore_ascii_case(&dense(line))
}

fn place_matters(tool: &Tool) -> bool {
    matches!(
        tool.marking,
        Marking::Evolve | Marking::Geni | Marking::Yoyo | Marking::Atlas | Marking::Graphile | Marking::Tern
    )
}

/// Where the tool wants its line.
fn place(tool: &Tool) -> &'static str {
    match tool.marking {
        Marking::Sqlx => "it must be the first bytes of the file",
        Marking::Hasura | Marking::Evolve | Marking::Geni => "it must be the first line of the file",
        Marking::Atlas => "it must stand in the comments at the very top, with an empty line below them",
        Marking::Graphile => "it must be the first line below the header",
        Marking::Yoyo => "it must stand above the first statement",
        Marking::Tern => "it must be a line of its own, without blanks around it",
        _ => "it does not count here",
    }
}

/// Letters and digits, lower case.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether two words differ by at most two letters.
fn near(word: &str, wanted: &str) -> bool {
    if word == wanted {
        return true;
    }
    if word.len().abs_diff(wanted.len()) > 2 || word.len() > 64 {
        return false;
    }
    let wanted = wanted.as_bytes();
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (at, byte) in word.bytes().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, other) in wanted.iter().enumerate() {
            let replaced = diagonal + usize::from(byte != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().is_some_and(|distance| *distance <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(tool: Tool, line: &str) -> Option<RemarkKind> {
        judge(&tool, line).map(|(kind, _)| kind)
    }

    #[test]
    fn a_line_that_was_meant_is_known() {
        use RemarkKind::{Misplaced, Misspelt, OtherTool};
        for (tool, line, expected) in [
            (Tool::SQLX, "-- no-transaction", Misplaced),
            (Tool::SQLX, "--no-transaction", Misspelt),
            (Tool::SQLX, "-- no-transactions", Misspelt),
            (Tool::SQLX, "-- NO TRANSACTION", Misspelt),
            (Tool::SQLX, "-- +goose NO TRANSACTION", OtherTool),
            (Tool::GOOSE, "-- +goose NO_TRANSACTION", Misspelt),
            (Tool::GOOSE, "-- no-transaction", Misspelt),
            (Tool::DBMATE, "-- migrate:up transaction: false", Misspelt),
            (Tool::DBMATE, "-- migrate:up transaction=false", Misspelt),
            (Tool::DBMATE, "-- transaction:false", Misspelt),
            (Tool::SQL_MIGRATE, "-- +migrate Up noTransaction", Misspelt),
            (Tool::TERN, "---- tern: disable-tx", Misspelt),
            (Tool::HASURA, "--hasura:no-transaction", Misspelt),
            (Tool::HASURA, "-- hasura:no-transaction", Misplaced),
            (Tool::ATLAS, "-- atlas:txmode none", Misplaced),
            (Tool::ATLAS, "-- atlas:tx-mode none", Misspelt),
            (Tool::GRAPHILE_MIGRATE, "-- ! no-transaction", Misspelt),
            (Tool::GENI, "-- transaction:no", Misplaced),
            (Tool::EVOLVE, "-- evolve-tx-off", Misplaced),
            (Tool::YOYO, "-- transactional: false", Misplaced),
            (Tool::YOYO, "-- transactional = false", Misspelt),
            (Tool::LIQUIBASE, "--changeset ann:1 runInTransaction=false", Misspelt),
            (Tool::FLYWAY, "-- executeInTransaction=false", Misspelt),
            (Tool::DIESEL, "-- run_in_transaction = false", Misspelt),
            (Tool::DRIZZLE, "-- no-transaction", OtherTool),
            (Tool::DRIZZLE, "-- disable transaction", Misspelt),
            (Tool::PRISMA_BEFORE_7_4, "-- +goose NO TRANSACTION", OtherTool),
        ] {
            assert_eq!(kind(tool, line), Some(expected), "{}: {line}", tool.name);
        }
    }

    #[test]
    fn goose_obeys_its_line_anywhere() {
        assert_eq!(kind(Tool::GOOSE, "-- +goose NO TRANSACTION"), None);
        let text =
            "-- +goose Up\n-- +goose NO TRANSACTION\nSELECT 1;\n-- +goose Down\n-- +goose NO TRANSACTION\nSELECT 2;\n";
        assert_eq!(Tool::GOOSE.read(&Source::new("a.sql", text), &comments(text), &[], None).remarks, []);
    }

    /// The lines that are comments.
    fn comments(text: &str) -> Vec<Span> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in text.split_inclusive('\n') {
            if line.starts_with("--") {
                found.push(Span::new(at, at + line.trim_end().len() as u32));
            }
            at += line.len() as u32;
        }
        found
    }

    #[test]
    fn prose_is_no_directive() {
        for line in [
            "-- no transaction is needed here",
            "-- the transaction ends here",
            "-- migrate:up",
            "-- migrate:up transaction:true",
            "-- +goose Up",
            "--changeset ann:1 runInTransaction:true",
            "-- notes",
            "--",
        ] {
            for tool in Tool::ALL {
                assert_eq!(kind(tool, line), None, "{}: {line}", tool.name);
            }
        }
    }
}
