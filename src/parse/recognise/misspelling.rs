//! Words that are certainly wrong: verbs and object kinds a slip away from exactly one that the server knows.

use super::object::kind_words;
use crate::migration::ProblemKind;
use crate::parse::cursor::Cursor;
use crate::parse::lex::TokenKind;
use crate::source::Span;

const VERBS: [&str; 45] = [
    "ABORT",
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "CLUSTER",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DISCARD",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "IMPORT",
    "INSERT",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MERGE",
    "NOTIFY",
    "PREPARE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SECURITY",
    "SELECT",
    "START",
    "TRUNCATE",
    "UNLISTEN",
    "UPDATE",
    "VACUUM",
    "VALUES",
];

/// Verbs of other databases and clients, and statements of PL/pgSQL: no slips.
const FOREIGN_VERBS: [&str; 24] = [
    "ATTACH",
    "DETACH",
    "REPLACE",
    "RENAME",
    "UNLOCK",
    "UPSERT",
    "EXEC",
    "ECHO",
    "PRINT",
    "RETURN",
    "ELSE",
    "DELIMITER",
    "ASSERT",
    "PERFORM",
    "RAISE",
    "EXIT",
    "CONTINUE",
    "OPEN",
    "FOREACH",
    "WHILE",
    "LOOP",
    "ELSIF",
    "EXCEPTION",
    "CASE",
];

/// What may stand between the verb and the kind.
pub(super) const MODIFIERS: [&str; 11] = [
    "UNIQUE",
    "TEMP",
    "TEMPORARY",
    "UNLOGGED",
    "LOCAL",
    "GLOBAL",
    "RECURSIVE",
    "DEFAULT",
    "TRUSTED",
    "SYSTEM",
    "REPLACE",
];

/// The first word that is misspelt, with what was meant. Only words that the server could not take there.
pub(super) fn find(cursor: &Cursor<'_>) -> Option<(Span, ProblemKind)> {
    if cursor.has_placeholder() {
        return None;
    }
    let mut c = cursor.clone();
    let verb = c.word()?;
    // An assignment: PL/pgSQL's variables have any name.
    if matches!(c.peek_nth(1).map(|token| token.kind), Some(TokenKind::Operator | TokenKind::Dot | TokenKind::LBracket))
    {
        return None;
    }
    let known = |word: &str, words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if !known(verb, &VERBS) {
        if known(verb, &FOREIGN_VERBS) {
            return None;
        }
        let meant = nearest(verb, &VERBS)?;
        return Some((c.here(), syntax(verb, "is no statement", meant)));
    }
    if !known(verb, &["CREATE", "ALTER", "DROP"]) {
        return None;
    }
    c.next();
    c.eat_seq(&["OR", "REPLACE"]);
    let word = c.word()?;
    let kinds: Vec<&str> = kind_words().chain(MODIFIERS).collect();
    if known(word, &kinds) || c.is("OR") {
        return None;
    }
    let meant = nearest(word, &kinds)?;
    Some((c.here(), syntax(word, "is no kind of object", meant)))
}

fn syntax(word: &str, is_what: &str, meant: &str) -> ProblemKind {
    ProblemKind::Syntax { message: format!("`{word}` {is_what}"), help: Some(format!("did you mean `{meant}`?")) }
}

/// The only one of `words` that `word` could be a slip of: two at most, one in a short word.
pub(super) fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    let most = match word.len() {
        0..4 => return None,
        4..6 => 1,
        6..24 => 2,
        _ => return None,
    };
    let word = word.to_ascii_uppercase();
    let mut near: Vec<&str> =
        words.iter().filter(|known| distance(word.as_bytes(), known.as_bytes()) <= most).copied().collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
pub(in crate::parse) fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_exactly_one_word() {
        assert_eq!(nearest("TABEL", &["TABLE", "TABLESPACE", "VIEW"]), Some("TABLE"));
        assert_eq!(nearest("slect", &VERBS), Some("SELECT"));
        assert_eq!(nearest("RELOAD", &["RELOAX", "RELOAY"]), None);
        assert_eq!(nearest("GO", &["DO"]), None);
        assert_eq!(nearest("USE", &["SET"]), None);
    }
}
