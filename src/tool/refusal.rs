//! What tools refuse, or pass over, before the server sees anything: markers that are missing or unknown, statements outside every
//! section, statements that the tool cuts in two.

use super::sections::{Marker, changeset, node_pg_migrate, read};
use super::{Direction, Marking, Remark, RemarkKind, Section, Tool};
use crate::source::{Source, Span};

/// What the tool refuses, or passes over, in a file. One remark for each kind of mistake.
pub(super) fn remarks(
    tool: &Tool,
    source: &Source,
    comments: &[Span],
    statements: &[Span],
    sections: &[Section],
) -> Vec<Remark> {
    let lines = lines(source, comments);
    let mut found = Vec::new();
    let file = File { tool, source, comments, statements, sections, lines };
    match tool.marking {
        Marking::Goose => file.goose(&mut found),
        Marking::Dbmate => file.dbmate(&mut found),
        Marking::SqlMigrate => file.sql_migrate(&mut found),
        Marking::Liquibase => file.liquibase(&mut found),
        Marking::NodePgMigrate => file.node_pg_migrate(&mut found),
        Marking::Tern => file.tern(&mut found),
        Marking::Atlas => file.atlas(&mut found),
        Marking::Bun => file.bun(&mut found),
        _ => {}
    }
    found
}

/// The comments that are `--` lines, with the text of each.
fn lines<'a>(source: &'a Source, comments: &[Span]) -> Vec<(Span, &'a str)> {
    let line = |comment: &Span| {
        let text = source.slice(*comment).lines().next().unwrap_or_default().trim_end();
        (Span::new(comment.start, comment.start + text.len() as u32), text)
    };
    comments.iter().map(line).filter(|(_, text)| text.starts_with("--")).collect()
}

struct File<'a> {
    tool: &'a Tool,
    source: &'a Source,
    comments: &'a [Span],
    statements: &'a [Span],
    sections: &'a [Section],
    lines: Vec<(Span, &'a str)>,
}

impl File<'_> {
    fn goose(&self, found: &mut Vec<Remark>) {
        let mut up = None;
        let mut block = None;
        for &(span, text) in self.lines.iter().filter(|(_, text)| text.contains("+goose")) {
            let indented = self.column(span) > 0;
            let words: Vec<_> = text.trim_start_matches('-').split_whitespace().map(str::to_ascii_lowercase).collect();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            // A comment behind a statement is none of goose's lines.
            if indented && !self.only_blanks_before(span) {
                continue;
            }
            match words[..] {
                _ if indented => {
                    found.push(Remark::refused(
                        span,
                        "goose refuses its annotation where blanks stand before it",
                        "remove them",
                    ));
                }
                ["+goose", "up"] if up.is_some() => {
                    found.push(Remark::refused(span, "goose allows one `-- +goose Up` in a file", "remove this one"));
                }
                ["+goose", "up"] => up = Some(span),
                ["+goose", "down"] if up.is_none() => {
                    found.push(Remark::refused(
                        span,
                        "goose wants `-- +goose Up` before `-- +goose Down`",
                        "put it first",
                    ));
                }
                ["+goose", "statementbegin"] => block = Some(span),
                ["+goose", "statementend"] if block.is_none() => {
                    let advice = "write `-- +goose StatementBegin` above the statement";
                    found.push(Remark::refused(span, "no `-- +goose StatementBegin` stands before this", advice));
                }
                ["+goose", "statementend"] => block = None,
                ["+goose", "down"] | ["+goose", "no", "transaction"] | ["+goose", "envsub", "on" | "off"] => {}
                _ => found.push(Remark::refused(
                    span,
                    "goose does not know this annotation, and refuses the file",
                    "it knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON and ENVSUB OFF",
                )),
            }
        }
        if let Some(span) = block {
            let advice = "write `-- +goose StatementEnd` below the statement";
            found.push(Remark::refused(span, "this block is never ended, and goose refuses the file", advice));
        }
        if up.is_none() && !self.statements.is_empty() {
            let advice = "begin the file with `-- +goose Up`";
            found.push(Remark::refused(self.begin(), "goose refuses a file without `-- +goose Up`", advice));
        }
        if up.is_some() {
            self.cut_statements("+goose", found);
        }
    }

    fn sql_migrate(&self, found: &mut Vec<Remark>) {
        if self.markers() == 0 {
            if !self.statements.is_empty() {
                let advice = "write `-- +migrate Up` above the first statement";
                let problem = "sql-migrate refuses a file without `-- +migrate Up`";
                let misspelt = self.lines.iter().find(|(_, text)| text.to_ascii_lowercase().contains("+migrate"));
                found.push(Remark::refused(misspelt.map_or(self.begin(), |(span, _)| *span), problem, advice));
            }
            return;
        }
        self.outside_sections("put `-- +migrate Up` above it", found);
        self.cut_statements("+migrate", found);
    }

    fn dbmate(&self, found: &mut Vec<Remark>) {
        if self.statements.is_empty() {
            return;
        }
        let first = |direction| {
            self.sections.iter().find(|section| section.direction == direction).filter(|_| self.markers() > 0)
        };
        let Some(up) = first(Direction::Up) else {
            let advice = "begin the file with `-- migrate:up`";
            found.push(Remark::refused(self.begin(), "dbmate refuses a file without `-- migrate:up`", advice));
            return;
        };
        if let Some(statement) = self.statements.first().filter(|statement| statement.start < up.span.start) {
            let advice = "put it below `-- migrate:up`";
            found.push(Remark::refused(
                *statement,
                "dbmate refuses a file with statements above `-- migrate:up`",
                advice,
            ));
        }
        if first(Direction::Down).is_none() {
            let advice = "end the file with `-- migrate:down`, even where nothing stands below it";
            found.push(Remark::refused(self.begin(), "dbmate refuses a file without `-- migrate:down`", advice));
        }
    }

    fn liquibase(&self, found: &mut Vec<Remark>) {
        let attempt = |text: &str| {
            let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
            letters.to_ascii_lowercase().starts_with("changeset")
        };
        for &(span, text) in &self.lines {
            if attempt(text) && changeset(text).is_none() {
                let advice = "write `--changeset author:id`";
                found.push(Remark::refused(span, "Liquibase does not read this as the head of a changeset", advice));
            }
        }
        let heads = self.lines.iter().filter(|(_, text)| changeset(text).is_some());
        let Some((head, _)) = heads.min_by_key(|(span, _)| span.start) else {
            if !self.statements.is_empty() && found.is_empty() {
                let advice = "write `--changeset author:id` above the first statement";
                found.push(not_run(self.begin(), "Liquibase runs nothing of a file without a changeset", advice));
            }
            return;
        };
        if let Some(statement) = self.statements.first().filter(|statement| statement.start < head.start) {
            let advice = "put it below a `--changeset` line";
            found.push(not_run(*statement, "Liquibase passes over what stands above the first changeset", advice));
        }
    }

    fn node_pg_migrate(&self, found: &mut Vec<Remark>) {
        let marker = |wanted| self.lines.iter().find(move |(_, text)| node_pg_migrate(text) == Some(wanted));
        if let (None, Some(&(span, _))) = (marker(Direction::Up), marker(Direction::Down)) {
            found.push(Remark {
                span,
                kind: RemarkKind::Misplaced,
                problem: "without `-- Up Migration` above, what stands below runs on the way up as well".to_owned(),
                advice: "write `-- Up Migration` at the top of the file".to_owned(),
            });
        }
    }

    fn tern(&self, found: &mut Vec<Remark>) {
        for &(span, text) in &self.lines {
            let words = text.to_ascii_lowercase();
            let meant = words.contains("create above") || words.contains("drop below");
            if meant && !text.contains("---- create above / drop below ----") {
                found.push(Remark {
                    span,
                    kind: RemarkKind::Misspelt,
                    problem:
                        "it must read `---- create above / drop below ----`, or what stands below runs on the way up"
                            .to_owned(),
                    advice: String::new(),
                });
            }
        }
    }

    fn atlas(&self, found: &mut Vec<Remark>) {
        for &(span, text) in &self.lines {
            let Some(value) = text.trim_start_matches('-').trim_start().strip_prefix("atlas:txmode") else {
                continue;
            };
            if !matches!(value.trim(), "none" | "file") {
                let advice = "write `-- atlas:txmode none` or `-- atlas:txmode file`";
                found.push(Remark::refused(span, "Atlas refuses this mode in a file", advice));
            }
        }
    }

    fn bun(&self, found: &mut Vec<Remark>) {
        for &(span, text) in &self.lines {
            match text.strip_prefix("--bun:") {
                Some("split") => {}
                Some(_) if self.column(span) == 0 => {
                    found.push(Remark::refused(
                        span,
                        "bun does not know this directive, and refuses the file",
                        "write `--bun:split`",
                    ));
                }
                _ => {
                    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
                    if letters.eq_ignore_ascii_case("bunsplit") {
                        found.push(Remark {
                            span,
                            kind: RemarkKind::Misspelt,
                            problem: "it must read `--bun:split`, or what stands around it is one message".to_owned(),
                            advice: String::new(),
                        });
                    }
                }
            }
        }
    }

    /// goose and sql-migrate end a statement at every line that ends with a semicolon, whatever is open, unless markers are around it;
    /// and refuse one that has none.
    fn cut_statements(&self, prefix: &str, found: &mut Vec<Remark>) {
        let mut blocks: Vec<(u32, u32)> = Vec::new();
        let mut begun = None;
        for &(span, text) in &self.lines {
            let word = text.trim_start_matches('-').trim().strip_prefix(prefix).map(str::trim);
            match word {
                Some(word) if word.eq_ignore_ascii_case("StatementBegin") => begun = Some(span.start),
                Some(word) if word.eq_ignore_ascii_case("StatementEnd") => {
                    blocks.extend(begun.take().map(|start| (start, span.start)));
                }
                _ => {}
            }
        }
        let in_block = |statement: &&Span| {
            let at = blocks.partition_point(|(start, _)| *start <= statement.start);
            at.checked_sub(1).and_then(|at| blocks.get(at)).is_some_and(|(_, end)| statement.end <= *end)
        };
        let in_section = |statement: &&Span| self.sections.iter().any(|section| section.span.contains(**statement));
        for statement in self.statements.iter().filter(in_section).filter(|statement| !in_block(statement)) {
            let text = self.source.slice(*statement);
            let inner = text.match_indices('\n').map(|(at, _)| at).find(|at| ends_with_semicolon(&text[..*at]));
            if let Some(at) = inner {
                let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
                let line = &text[start..at];
                let start = statement.start + (start + line.len() - line.trim_start().len()) as u32;
                let span = Span::new(start, start + line.trim().len() as u32);
                let advice = format!(
                    "write `-- {prefix} StatementBegin` above the statement and `-- {prefix} StatementEnd` below it"
                );
                found.push(Remark::refused(span, format!("{} ends the statement here", self.tool.display), &advice));
                return;
            }
        }
        let last = |section: &Section| {
            self.statements.iter().rev().find(|statement| section.span.contains(**statement)).copied()
        };
        for statement in self.sections.iter().filter_map(last).filter(|statement| !in_block(&statement)) {
            if !self.is_terminated(statement) {
                let problem =
                    format!("{} refuses a statement without a semicolon at the end of its line", self.tool.display);
                let span = Span::new(statement.end.saturating_sub(1), statement.end);
                found.push(Remark::refused(span, &problem, "write the semicolon"));
                return;
            }
        }
    }

    /// Whether the next thing behind a statement, but for comments and blanks, is its semicolon.
    fn is_terminated(&self, statement: Span) -> bool {
        let text = self.source.text();
        let mut at = statement.end as usize;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let blank = rest.len() - rest.trim_start().len();
            at += blank;
            let next = self.comments.partition_point(|comment| (comment.start as usize) < at);
            match self.comments.get(next).filter(|comment| comment.start as usize == at) {
                Some(comment) if !comment.is_empty() => at = comment.end as usize,
                _ => return rest[blank..].starts_with(';'),
            }
        }
    }

    fn outside_sections(&self, advice: &str, found: &mut Vec<Remark>) {
        let outside = |statement: &&Span| !self.sections.iter().any(|section| section.span.contains(**statement));
        if let Some(statement) = self.statements.iter().find(outside) {
            let problem = format!("{} passes over what stands outside its sections", self.tool.display);
            found.push(not_run(*statement, &problem, advice));
        }
    }

    /// How many lines begin a section.
    fn markers(&self) -> usize {
        let begins =
            |text: &str| matches!(read(self.tool.marking, text), Some(Marker::Begin { .. } | Marker::BeginForeign));
        self.lines.iter().filter(|(span, text)| self.column(*span) == 0 && begins(text)).count()
    }

    /// Where the file's first statement begins; else the file.
    fn begin(&self) -> Span {
        self.statements.first().copied().unwrap_or(Span::empty(0))
    }

    /// How many bytes stand before a place on its line, without a byte order mark.
    fn column(&self, span: Span) -> usize {
        let before = &self.source.text()[..span.start as usize];
        before.rsplit(['\n', '\r']).next().unwrap_or_default().trim_start_matches('\u{feff}').len()
    }

    fn only_blanks_before(&self, span: Span) -> bool {
        let before = &self.source.text()[..span.start as usize];
        before.rsplit(['\n', '\r']).next().unwrap_or_default().trim().is_empty()
    }
}

/// As goose and sql-migrate ask: the last word before a `--` ends with a semicolon.
fn ends_with_semicolon(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or_default();
    let word = line.split_whitespace().take_while(|word| !word.starts_with("--")).last();
    word.is_some_and(|word| word.ends_with(';'))
}

fn not_run(span: Span, problem: &str, advice: &str) -> Remark {
    Remark { kind: RemarkKind::NotRun, ..Remark::refused(span, problem, advice) }
}
