//! Statements that a tool runs outside its transaction by itself, told by their first words as the tools tell them.

use crate::source::{Source, Span};

/// How many leading words decide; `REINDEX (VERBOSE) INDEX CONCURRENTLY` is the longest that matters.
const WORDS: usize = 6;

/// The first words of a statement, upper case; what is no word is passed over, and so are comments.
fn first_words(source: &Source, comments: &[Span], statement: Span) -> Vec<String> {
    let mut words = Vec::new();
    let mut next_comment = comments.partition_point(|comment| comment.end <= statement.start);
    let mut at = statement.start;
    while at < statement.end && words.len() < WORDS {
        // The text up to the next comment.
        let comment = comments.get(next_comment).filter(|comment| comment.start < statement.end);
        let stop = comment.map_or(statement.end, |comment| comment.start.max(at));
        let text = source.slice(Span::new(at, stop));
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()) {
            words.push(word.to_ascii_uppercase());
            if words.len() == WORDS {
                break;
            }
        }
        at = comment.map_or(statement.end, |comment| comment.end);
        next_comment += 1;
    }
    words
}

/// Whether Flyway runs a statement without a transaction on PostgreSQL: its own list, for servers from 12 on
/// (before that it held `ALTER TYPE ... ADD VALUE` as well).
pub(super) fn flyway(source: &Source, comments: &[Span], statement: Span) -> bool {
    let words = first_words(source, comments, statement);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["CREATE" | "DROP", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION", ..]
            | ["ALTER", "SYSTEM", ..]
            | ["CREATE" | "DROP", "INDEX", "CONCURRENTLY", ..]
            | ["CREATE" | "DROP", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
            | ["REINDEX", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["REINDEX", "VERBOSE", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["VACUUM", ..]
            | ["DISCARD", "ALL", ..]
    )
}

/// Whether the Supabase CLI (2.116 and later) runs a statement between its pipelines.
pub(super) fn supabase(source: &Source, comments: &[Span], statement: Span) -> bool {
    let words = first_words(source, comments, statement);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["CREATE" | "DROP", "INDEX", "CONCURRENTLY", ..]
        | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
        | ["VACUUM", ..]
        | ["ALTER", "SYSTEM", ..]
        | ["CLUSTER", ..] => true,
        ["REINDEX", ..] => words.contains(&"CONCURRENTLY"),
        _ => false,
    }
}

/// [`supabase`] from 2.109 on: `DROP INDEX CONCURRENTLY` was not in its list, and 2.110 to 2.114 sent `BEGIN` first.
pub(super) fn supabase_before_2_116(source: &Source, comments: &[Span], statement: Span) -> bool {
    supabase(source, comments, statement)
        && first_words(source, comments, statement).first().is_none_or(|it| it != "DROP")
}

/// Whether a statement that refuses a transaction block is the first of a pipeline and runs for that reason: the server takes the
/// block to begin behind it (`XACT_FLAGS_PIPELINING` of its source; tried with the Supabase CLI 2.99 and 2.108 on 13, 15 and 17).
pub(super) fn begins_pipeline(source: &Source, comments: &[Span], statement: Span) -> bool {
    let words = first_words(source, comments, statement);
    // One table may be clustered in a block, all of them not.
    (supabase(source, comments, statement) && (words.len() == 1 || words.first().is_none_or(|it| it != "CLUSTER")))
        || (flyway(source, comments, statement) && words.first().is_none_or(|it| it != "DISCARD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, comments: &[(u32, u32)]) -> Vec<String> {
        let source = Source::new("a.sql", text);
        let comments: Vec<_> = comments.iter().map(|&(start, end)| Span::new(start, end)).collect();
        first_words(&source, &comments, Span::new(0, text.len() as u32))
    }

    #[test]
    fn words_pass_over_comments_and_case() {
        assert_eq!(words("create /* UNIQUE */ index x", &[(7, 19)]), ["CREATE", "INDEX", "X"]);
        assert_eq!(words("reindex (verbose) table t", &[]), ["REINDEX", "VERBOSE", "TABLE", "T"]);
        assert_eq!(words("-- é\nvacuum", &[(0, 5)]), ["VACUUM"]);
        assert_eq!(words("", &[]), Vec::<String>::new());
    }

    fn ask(which: fn(&Source, &[Span], Span) -> bool, text: &str) -> bool {
        which(&Source::new("a.sql", text), &[], Span::new(0, text.len() as u32))
    }

    #[test]
    fn each_tool_has_its_own_list() {
        assert!(ask(flyway, "DROP INDEX CONCURRENTLY IF EXISTS i"));
        assert!(!ask(flyway, "REINDEX INDEX CONCURRENTLY i"));
        assert!(ask(supabase, "REINDEX INDEX CONCURRENTLY i"));
        assert!(!ask(supabase, "REINDEX INDEX i"));
        assert!(!ask(flyway, "SET lock_timeout = '1s'"));
        assert!(ask(flyway, "VACUUM t") && ask(supabase, "VACUUM t"));
        assert!(!ask(flyway, "CREATE INDEX i ON t (concurrently)"));
    }
}
