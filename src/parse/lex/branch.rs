//! Branches of Go's templates (`text/template`) that are for another server: `{{ if .mysql }} ... {{ else }} ... {{ end }}`.
//!
//! Of a file that one program sends to several servers, what PostgreSQL gets is read, and nothing else.

use super::is_ident_byte;
use crate::source::Span;

/// The longest control line.
const LONGEST: usize = 4096;

/// How deep branches are followed; what lies deeper is read.
const DEPTH: usize = 64;

/// What a condition says of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Nothing.
    Silent,
    /// It holds on PostgreSQL.
    Postgres,
    /// It does not.
    Other,
}

/// An open `if`, or another block.
struct Block {
    /// A branch that PostgreSQL takes has been passed.
    taken: bool,
    /// The branch that is open is for another server.
    foreign: bool,
    /// It is an `if`.
    branches: bool,
}

/// The text within branches for other servers, in order, without the control lines around it.
pub(super) fn of_other_servers(text: &str) -> Vec<Span> {
    let mut passed: Vec<Span> = Vec::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut too_deep = 0_usize;
    let mut foreign_from: Option<usize> = None;
    for (open, close, inside) in control_lines(text) {
        let mut words = inside.split_whitespace();
        let first = words.next().unwrap_or_default();
        match first {
            "if" | "range" | "with" | "block" | "define" => {
                if blocks.len() == DEPTH {
                    too_deep += 1;
                    continue;
                }
                let condition = if first == "if" { condition(inside) } else { Condition::Silent };
                blocks.push(Block {
                    taken: condition == Condition::Postgres,
                    foreign: condition == Condition::Other,
                    branches: first == "if",
                });
            }
            "else" if too_deep == 0 => {
                let Some(block) = blocks.last_mut().filter(|block| block.branches) else { continue };
                let condition = if words.next() == Some("if") { condition(inside) } else { Condition::Silent };
                block.foreign = block.taken || condition == Condition::Other;
                block.taken |= condition == Condition::Postgres;
            }
            "end" if too_deep > 0 => too_deep -= 1,
            "end" => drop(blocks.pop()),
            _ => continue,
        }
        let foreign = blocks.iter().any(|block| block.foreign);
        // A branch ends where the next control line of its block begins.
        if let Some(from) = foreign_from.take_if(|_| !foreign) {
            passed.push(Span::new(from as u32, open as u32));
        }
        if foreign {
            foreign_from.get_or_insert(close);
        }
        // Another foreign branch may follow at once: the line between the two is passed with them.
    }
    // What is never closed is no branch.
    passed.retain(|span| span.start < span.end);
    passed
}

/// The control lines of a text: where each begins, where it ends, what stands in it.
fn control_lines(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + memchr::memmem::find(text.as_bytes().get(at..)?, b"{{")?;
            let inside = open + 2;
            let stop = (inside + LONGEST).min(text.len());
            let Some(length) = memchr::memmem::find(text.as_bytes().get(inside..stop)?, b"}}") else {
                at = inside;
                continue;
            };
            at = inside + length + 2;
            if let Some(line) = text.get(inside..inside + length) {
                return Some((open, at, line.trim_matches(|letter: char| letter == '-' || letter.is_whitespace())));
            }
        }
    })
}

/// What the words of a condition say: `.mysql`, `eq .Dialect "postgres"`, `not .sqlite`, `or .postgres .sqlite`.
fn condition(line: &str) -> Condition {
    let words = line.split(|letter: char| !letter.is_ascii() || !is_ident_byte(letter as u8));
    let (mut postgres, mut other, mut negated, mut both) = (false, false, false, false);
    for word in words.filter(|word| !word.is_empty()) {
        let word = word.to_ascii_lowercase();
        match word.strip_prefix("is_").or_else(|| word.strip_prefix("is")).unwrap_or(&word) {
            "postgres" | "postgresql" | "pg" | "pgsql" | "psql" => postgres = true,
            "mysql" | "mariadb" | "sqlite" | "sqlite3" | "mssql" | "sqlserver" | "oracle" | "cockroach"
            | "cockroachdb" | "crdb" => other = true,
            "not" | "ne" => negated = true,
            "and" => both = true,
            _ => {}
        }
    }
    match (postgres, other) {
        // What else has to hold is not known.
        (true, _) if both => Condition::Silent,
        (true, _) if negated => Condition::Other,
        (true, _) => Condition::Postgres,
        (false, true) if negated => {
            if both {
                Condition::Silent
            } else {
                Condition::Postgres
            }
        }
        (false, true) => Condition::Other,
        (false, false) => Condition::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left to read of a text, without the control lines.
    fn read(text: &str) -> String {
        let mut left = String::new();
        let mut at = 0;
        for span in of_other_servers(text) {
            left.push_str(&text[at..span.start as usize]);
            at = span.end as usize;
        }
        left.push_str(&text[at..]);
        let lines: Vec<_> = control_lines(&left).map(|(open, close, _)| open..close).collect();
        lines.into_iter().rev().for_each(|line| left.replace_range(line, ""));
        left.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn branches_for_other_servers_are_passed() {
        assert_eq!(
            read("a {{if .mysql}} b {{end}} {{if .postgres}} c {{end}} {{ if .sqlite }} d {{ end }} e"),
            "a c e"
        );
        assert_eq!(read("{{if .mysql}} a {{else}} b {{end}} c"), "b c");
        assert_eq!(read("{{if .mysql}} a {{else if .postgres}} b {{else}} c {{end}} d"), "b d");
        assert_eq!(read("{{if .postgres}} a {{else}} b {{end}} {{if not .postgres}} c {{else}} d {{end}}"), "a d");
        assert_eq!(read("{{- if or .postgres .sqlite -}} a {{- end -}} {{if or .mysql .sqlite}} b {{end}}"), "a");
        assert_eq!(read("{{if eq .Dialect \"mysql\"}} a {{end}} {{if .IsPostgreSQL}} b {{end}}"), "b");
        assert_eq!(read("{{if .mysql}} a {{if .x}} b {{else}} c {{end}} d {{end}} e"), "e");
        assert_eq!(read("{{if .x}} a {{if .mysql}} b {{end}} c {{else}} d {{end}}"), "a c d");
    }

    #[test]
    fn what_says_nothing_of_a_server_is_read() {
        for text in
            ["{{if .x}} a {{else}} b {{end}}", "{{range .mysql}} a {{end}}", "{{if .mysql}} a", "{{if .mysql", "{{"]
        {
            assert_eq!(of_other_servers(text), [], "{text}");
        }
        assert_eq!(read("{{if and .postgres .partitioned}} a {{else}} b {{end}}"), "a b");
        assert_eq!(read("{{if .mysql}}{{end}}a"), "a");
        let deep =
            "{{if .x}}".repeat(100) + "{{if .mysql}} a {{end}} b" + &"{{end}}".repeat(100) + "{{if .mysql}} c {{end}}";
        assert_eq!(read(&deep), "a b");
    }
}
