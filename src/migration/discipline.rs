//! What a team's own runner makes of its files: a checksum in each header, a row that each file adds to the table of what has run.
//!
//! Nobody tells such a runner's rules, but nearly all files keep them; told is which does not. Of checksums it is found out over which
//! part of the text they are: where several files agree, that is it. A checksum that nobody can make sense of is left alone.

use super::{Migration, Problem, ProblemKind, Role};
use crate::history::{self, AGREEING, Misplaced, Wrong};
use crate::source::{Source, Sources, Span};
use crate::statement::Command;
use crate::tool::{Tool, Upset};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Tables in which runners of a team's own keep what has run, as their migrations mention them; those of known tools are in `analyze`.
const TABLES: &[&str] = &[
    "schema_migrations",
    "schema_migration",
    "schema_versions",
    "schema_version",
    "schema_history",
    "migrations",
    "_migrations",
    "db_migrations",
    "migration_history",
    "applied_migrations",
];

/// Says of a project that no known tool runs which files do not keep what nearly all others keep.
pub fn hold_to_their_own(tool: &Tool, migrations: &mut [Migration], sources: &Sources) {
    if tool.name != Tool::NONE.name {
        return;
    }
    let steps: Vec<usize> = (0..migrations.len()).filter(|&at| migrations[at].role == Role::Migration).collect();
    if steps.len() < AGREEING {
        return;
    }
    let mut found = checksums(&steps, migrations, sources);
    found.extend(records(&steps, migrations, sources));
    for (at, problem) in found {
        if let Some(migration) = migrations.get_mut(at).filter(|migration| migration.judged) {
            migration.problems.push(problem);
        }
    }
}

fn problem(wrong: Wrong, other: &str, upset: Upset, span: Span, statement: Option<usize>) -> Problem {
    let misplaced = Misplaced { wrong, other: history::name(other).to_owned(), upset };
    Problem { span, statement, kind: ProblemKind::Misplaced(misplaced) }
}

/// Whether so many files agree that the others are exceptions.
fn nearly_all(agreeing: usize, all: usize) -> bool {
    agreeing >= AGREEING && (all - agreeing) * 4 <= agreeing
}

/// A checksum above the first statement.
struct Header<'t> {
    /// Hexadecimal digits.
    value: &'t str,
    /// Where they stand.
    span: Span,
    /// The line in which they stand, with its end.
    line: Span,
}

/// Over what a checksum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Method {
    part: Part,
    /// Blanks at both ends are cut off, and a line's end put there.
    trim: Trim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// All but the line of the checksum.
    WithoutLine,
    /// What stands below that line.
    BelowLine,
    /// What stands below the comments at the top.
    BelowHeader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trim {
    Nothing,
    Blanks,
    BlanksButOneEnd,
}

impl Method {
    fn all() -> impl Iterator<Item = Self> {
        let parts = [Part::WithoutLine, Part::BelowLine, Part::BelowHeader];
        parts.into_iter().flat_map(|part| {
            [Trim::Nothing, Trim::Blanks, Trim::BlanksButOneEnd].into_iter().map(move |trim| Self { part, trim })
        })
    }

    /// What the checksum is over, with the line ends of Unix.
    fn text(self, text: &str, header: &Header<'_>) -> String {
        let (before, below) = (&text[..header.line.start as usize], &text[header.line.end as usize..]);
        let part = match self.part {
            Part::WithoutLine => Cow::Owned(format!("{before}{below}")),
            Part::BelowLine => Cow::Borrowed(below),
            Part::BelowHeader => Cow::Borrowed(below_comments(below)),
        };
        let text = part.replace("\r\n", "\n");
        match self.trim {
            Trim::Nothing => text,
            Trim::Blanks => text.trim().to_owned(),
            Trim::BlanksButOneEnd => format!("{}\n", text.trim()),
        }
    }

    fn agrees(self, text: &str, header: &Header<'_>) -> bool {
        let text = self.text(text, header);
        let digest = match header.value.len() {
            40 => Sha1::digest(text).to_vec(),
            64 => Sha256::digest(text).to_vec(),
            _ => Sha512::digest(text).to_vec(),
        };
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.eq_ignore_ascii_case(header.value)
    }
}

/// A text without the lines in front that are empty or comments.
fn below_comments(text: &str) -> &str {
    let mut rest = text;
    while let Some((line, below)) = rest.split_once('\n') {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with("--") {
            break;
        }
        rest = below;
    }
    rest
}

/// Files whose checksum is not that of their text, and files without one.
fn checksums(steps: &[usize], migrations: &[Migration], sources: &Sources) -> Vec<(usize, Problem)> {
    let source = |at: usize| sources.get(migrations[at].source);
    let headers: BTreeMap<usize, Header<'_>> =
        steps.iter().filter_map(|&at| Some((at, header(&migrations[at], source(at))?))).collect();
    let mut found = Vec::new();
    let agreeing = |method: Method| -> BTreeSet<usize> {
        let agree = headers.iter().filter(|(at, header)| method.agrees(source(**at).text(), header));
        agree.map(|(at, _)| *at).collect()
    };
    let best = Method::all().map(agreeing).max_by_key(BTreeSet::len).unwrap_or_default();
    // Most have to agree; two of three do, when the third is the one that somebody edited.
    if best.len() >= 2 && best.len() * 2 > headers.len() {
        for (at, header) in headers.iter().filter(|(at, _)| !best.contains(at)) {
            found.push((*at, problem(Wrong::Checksum, "", Upset::Nothing, header.span, None)));
        }
    }
    if let Some(example) = headers.keys().last().filter(|_| nearly_all(headers.len(), steps.len())) {
        for &at in steps.iter().filter(|at| !headers.contains_key(at)) {
            let path = source(*example).path();
            found.push((at, problem(Wrong::NoChecksum, path, Upset::Nothing, Span::empty(0), None)));
        }
    }
    found
}

/// The checksum in the comments above the first statement: `-- checksum: sha256:...`, `-- sha256 = ...`.
fn header<'t>(migration: &Migration, source: &'t Source) -> Option<Header<'t>> {
    let text = source.text();
    let end = migration.statements.first().map_or(text.len(), |statement| statement.span.start as usize);
    let above = migration.comments.iter().filter(|comment| (comment.end as usize) <= end);
    above.filter_map(|comment| text.get(comment.range()).map(|inner| (comment.start as usize, inner))).find_map(
        |(base, inner)| {
            let mut at = base;
            inner.split_inclusive('\n').find_map(|line| {
                let start = at;
                at += line.len();
                let value = checksum_in(line)?;
                let value_at = (value.as_ptr() as usize - line.as_ptr() as usize) + start;
                let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
                let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
                Some(Header {
                    value,
                    span: Span::new(value_at as u32, (value_at + value.len()) as u32),
                    line: Span::new(line_start as u32, line_end as u32),
                })
            })
        },
    )
}

/// The digits of a checksum behind a word that announces one.
fn checksum_in(line: &str) -> Option<&str> {
    let content = line.trim_start_matches(['-', '/', '*', '#', '!', '@', ' ', '\t']);
    let (key, rest) = content.split_once([':', '='])?;
    let key = key.trim().to_ascii_lowercase();
    let announces = ["checksum", "hash", "digest", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512"];
    if !announces.iter().any(|word| key == *word || key.ends_with(&format!(" {word}"))) {
        return None;
    }
    let value = rest.trim().trim_end_matches("*/").trim();
    let value = value.rsplit_once([':', ' ']).map_or(value, |(_, value)| value).trim_matches(['"', '\'', '`']);
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && matches!(value.len(), 40 | 64 | 128)).then_some(value)
}

/// Files that record another migration than themselves, and files that record nothing.
fn records(steps: &[usize], migrations: &[Migration], sources: &Sources) -> Vec<(usize, Problem)> {
    let path = |at: usize| sources.get(migrations[at].source).path();
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for &at in steps {
        for name in names(path(at)) {
            owners.entry(name).or_insert(at);
        }
    }
    let recorded: BTreeMap<usize, Vec<Record>> =
        steps.iter().map(|&at| (at, recorded(&migrations[at], sources.get(migrations[at].source)))).collect();
    let records_itself = |at: usize| {
        let names = names(path(at));
        recorded[&at].iter().any(|record| record.words.iter().any(|word| names.contains(word)))
    };
    let own: BTreeSet<usize> = steps.iter().copied().filter(|&at| records_itself(at)).collect();
    if !nearly_all(own.len(), steps.len()) {
        return Vec::new();
    }
    let example = own.last().map(|at| path(*at)).unwrap_or_default();
    let mut found = Vec::new();
    for at in steps.iter().copied().filter(|at| !own.contains(at)) {
        let other = recorded[&at].iter().find_map(|record| {
            let other = record.words.iter().find_map(|word| owners.get(word))?;
            Some((path(*other), record))
        });
        found.push((
            at,
            match other {
                Some((other, record)) => {
                    problem(Wrong::RecordsOther, other, Upset::Again, record.span, Some(record.statement))
                }
                None => problem(Wrong::Unrecorded, example, Upset::Again, Span::empty(0), None),
            },
        ));
    }
    found
}

/// A row that a statement adds to the table of what has run.
struct Record {
    statement: usize,
    span: Span,
    /// The words in the statement, lower case.
    words: BTreeSet<String>,
}

fn recorded(migration: &Migration, source: &Source) -> Vec<Record> {
    let record = |(at, statement): (usize, &crate::statement::Statement)| match &statement.command {
        Command::Insert(insert) if TABLES.contains(&insert.table.name.name.name.as_str()) => {
            let text = source.text().get(statement.span.range()).unwrap_or_default();
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
            let words = text.split(|letter| !is_part(letter)).filter(|word| !word.is_empty());
            Some(Record { statement: at, span: statement.span, words: words.map(str::to_lowercase).collect() })
        }
        _ => None,
    };
    migration.statements.iter().enumerate().filter_map(record).collect()
}

/// As what a runner may know a migration, lower case: its file's name, that without its ending, the number in front with and without zeros.
fn names(path: &str) -> BTreeSet<String> {
    // Of a folder for each migration it is the folder that has the name.
    let name = history::name(path).split(['/', '\\']).next().unwrap_or(path).to_lowercase();
    let stem = name.strip_suffix(".sql").unwrap_or(&name).to_owned();
    let stem = stem.strip_suffix(".up").map_or(stem.clone(), str::to_owned);
    let rest = stem.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let digits = &rest[..end];
    let mut names = BTreeSet::from([name, stem.clone()]);
    if !digits.is_empty() {
        names.insert(digits.to_owned());
        names.insert(digits.trim_start_matches('0').to_owned());
        // `V7` of `V7__x`.
        names.insert(stem[..stem.len() - rest.len() + end].to_owned());
    }
    names.retain(|name| !name.is_empty());
    names
}
