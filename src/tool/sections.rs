//! Cuts a file into sections by the tool's markers. A marker is a real comment: text in a string or a function body is none.

use super::{Direction, Marking, Section, Tool, TransactionMode, outside};
use crate::source::{Source, Span};

/// What a comment says to a tool that reads markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// A section begins here.
    Begin {
        direction: Direction,
        /// It says so on its own line.
        transaction: Option<TransactionMode>,
    },
    /// A section begins that this server does not run.
    BeginForeign,
    /// The whole file runs so.
    WholeFile(TransactionMode),
    /// The section in which it stands runs so.
    ThisSection(TransactionMode),
}

pub(super) fn sections(
    tool: &Tool,
    source: &Source,
    comments: &[Span],
    statements: &[Span],
    beside: Option<TransactionMode>,
) -> Vec<Section> {
    let default = beside.unwrap_or(tool.transaction);
    let whole = Span::new(0, source.text().len() as u32);
    let section = |transaction, opted_out| Section { span: whole, direction: Direction::Up, transaction, opted_out };
    let one = |transaction| vec![section(transaction, None)];
    let text = source.text();
    let first_line = text.lines().next().unwrap_or_default();
    let first_line_span = Span::new(0, first_line.trim_end().len() as u32);
    let body = statements.first().map_or(whole.end, |statement| statement.start);
    let above_body = comments.iter().take_while(|comment| comment.start < body);
    match tool.marking {
        Marking::Whole => one(default),
        Marking::Sqlx if text.starts_with("-- no-transaction") => {
            vec![section(TransactionMode::OneMessage, Some(first_line_span))]
        }
        Marking::Hasura if first_line.trim() == "-- hasura:no-transaction" => {
            vec![section(TransactionMode::OneMessage, comments.first().copied())]
        }
        Marking::Evolve if first_line.to_ascii_lowercase().contains("evolve-tx-off") => {
            vec![section(TransactionMode::OneMessage, comments.first().copied())]
        }
        // geni looks at the first line only where another follows.
        Marking::Geni
            if text.contains('\n')
                && (first_line.contains("transaction:no") || first_line.contains("transaction: no")) =>
        {
            vec![section(TransactionMode::OneMessage, comments.first().copied())]
        }
        Marking::Sqlx | Marking::Hasura | Marking::Evolve | Marking::Geni => one(default),
        Marking::Atlas => match atlas_directive(text) {
            Some((mode, line)) => {
                vec![section(mode, (mode == TransactionMode::Statement).then_some(line))]
            }
            None => one(default),
        },
        Marking::Graphile => {
            // The first line behind the header that a committed file has.
            let header = |line: &str| {
                ["Previous:", "Hash:", "Message:", "AllowInvalidHash"]
                    .iter()
                    .any(|key| line.trim_start().starts_with(key))
            };
            let first = above_body
                .map(|comment| (comment, source.slice(*comment)))
                .find(|(_, text)| !text.strip_prefix("--!").is_some_and(header));
            let opts_out = |text: &str| {
                let rest = text.strip_prefix("--!").and_then(|rest| rest.trim_start().strip_prefix("no-transaction"));
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            };
            match first.filter(|(_, text)| opts_out(text)) {
                Some((line, _)) => vec![section(TransactionMode::OneMessage, Some(*line))],
                None => one(default),
            }
        }
        Marking::Yoyo => {
            let mut line = above_body.filter(|comment| yoyo_opts_out(source.slice(**comment)));
            match line.next() {
                Some(line) => vec![section(TransactionMode::Statement, Some(*line))],
                None => one(default),
            }
        }
        Marking::Bun if default != TransactionMode::OneMessage => one(default),
        Marking::Bun => bun(source, comments, default),
        Marking::Flyway => {
            // Flyway finds out by itself only where no file beside this one says it.
            let alone = beside.is_none()
                && !statements.is_empty()
                && statements.iter().all(|statement| outside::flyway(source, comments, *statement));
            one(if alone { TransactionMode::Statement } else { default })
        }
        Marking::FlywayMixed => {
            let any = || statements.iter().any(|statement| outside::flyway(source, comments, *statement));
            one(if beside.is_none() && any() { TransactionMode::Statement } else { default })
        }
        Marking::Supabase => pipelines(source, statements, default, |statement, first| {
            outside::supabase(source, comments, statement)
                || (first && outside::begins_pipeline(source, comments, statement))
        }),
        Marking::SupabaseBefore2_116 => pipelines(source, statements, default, |statement, _| {
            outside::supabase_before_2_116(source, comments, statement)
        }),
        Marking::Pipeline => pipelines(source, statements, default, |statement, first| {
            first && outside::begins_pipeline(source, comments, statement)
        }),
        Marking::Goose
        | Marking::Dbmate
        | Marking::SqlMigrate
        | Marking::Tern
        | Marking::NodePgMigrate
        | Marking::Liquibase => marked(tool.marking, source, comments, default).unwrap_or_else(|| one(default)),
    }
}

/// The mode that Atlas's directive asks for, and its line: one of the comment lines at the very top, if an empty line follows them.
/// `all` is for the command line only.
fn atlas_directive(text: &str) -> Option<(TransactionMode, Span)> {
    let mut mode = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let Some(comment) = line.strip_prefix("--") else {
            return mode.filter(|_| line.trim().is_empty());
        };
        if let Some(value) = comment.trim_start().strip_prefix("atlas:txmode") {
            let span = Span::new(at, at + line.trim_end().len() as u32);
            mode = match value.trim() {
                "none" => Some((TransactionMode::Statement, span)),
                "file" => Some((TransactionMode::File, span)),
                _ => mode,
            };
        }
        at += line.len() as u32;
    }
    None
}

/// `-- transactional: false`, as yoyo reads it: the key and the value in any case.
fn yoyo_opts_out(comment: &str) -> bool {
    let directive = comment.strip_prefix("--").and_then(|text| text.trim().split_once(':'));
    directive.is_some_and(|(key, value)| {
        key.trim().eq_ignore_ascii_case("transactional") && value.trim().eq_ignore_ascii_case("false")
    })
}

/// What stands between two lines `--bun:split` is one message.
fn bun(source: &Source, comments: &[Span], default: TransactionMode) -> Vec<Section> {
    let end = source.text().len() as u32;
    let section = |start, end| Section {
        span: Span::new(start, end),
        direction: Direction::Up,
        transaction: default,
        opted_out: None,
    };
    let mut sections = Vec::new();
    let mut start = 0;
    for comment in comments.iter().filter(|comment| source.slice(**comment).trim_end() == "--bun:split") {
        sections.push(section(start, comment.start));
        start = comment.start;
    }
    sections.push(section(start, end));
    sections
}

/// Statements that run alone are sections of their own; what lies between them is a pipeline each. `is_alone` is told whether the
/// statement would be the first of a pipeline.
fn pipelines(
    source: &Source,
    statements: &[Span],
    default: TransactionMode,
    is_alone: impl Fn(Span, bool) -> bool,
) -> Vec<Section> {
    let end = source.text().len() as u32;
    let section = |start, transaction| Section {
        span: Span::new(start, end),
        direction: Direction::Up,
        transaction,
        opted_out: None,
    };
    let mut sections = vec![section(0, default)];
    let mut alone_before = false;
    for (index, statement) in statements.iter().enumerate() {
        let alone = is_alone(*statement, index == 0 || alone_before);
        if !(alone || alone_before) {
            continue;
        }
        alone_before = alone;
        let transaction = if alone { TransactionMode::Statement } else { default };
        if index > 0
            && let Some(last) = sections.last_mut()
        {
            last.span.end = statement.start;
            sections.push(section(statement.start, transaction));
        } else if let Some(only) = sections.last_mut() {
            only.transaction = transaction;
        }
    }
    sections
}

/// The sections between markers; `None` where the file has no marker that begins one.
fn marked(marking: Marking, source: &Source, comments: &[Span], default: TransactionMode) -> Option<Vec<Section>> {
    let text = source.text();
    let end = text.len() as u32;
    let mut markers = Vec::new();
    for comment in comments {
        let starts_line = text[..comment.start as usize].trim_end_matches([' ', '\t']);
        let starts_line = starts_line.is_empty() || starts_line.ends_with(['\n', '\r', '\u{feff}']);
        let line = source.slice(*comment).lines().next().unwrap_or_default();
        if let Some(marker) = starts_line.then(|| read(marking, line)).flatten() {
            markers.push((Span::new(comment.start, comment.start + line.trim_end().len() as u32), marker));
        }
    }
    let mut whole_file = None;
    let mut sections: Vec<Section> = Vec::new();
    // Of a section that is not run nothing is kept.
    let mut open = false;
    match marking {
        // What stands above tern's separator goes up without a marker of its own.
        Marking::Tern => {
            let span = Span::empty(0);
            sections.push(Section { span, direction: Direction::Up, transaction: default, opted_out: None });
            open = true;
        }
        // node-pg-migrate looks for each marker once, and runs the whole file where there is none for up.
        Marking::NodePgMigrate => {
            let is = |wanted| move |(_, marker): &(Span, Marker)| matches!(marker, Marker::Begin { direction, .. } if *direction == wanted);
            let up = markers.iter().position(is(Direction::Up))?;
            let down = markers.iter().position(is(Direction::Down));
            let mut index = 0;
            markers.retain(|_| {
                index += 1;
                index - 1 == up || Some(index - 1) == down
            });
        }
        _ => {}
    }
    let close = |sections: &mut Vec<Section>, open: bool, at: u32| {
        if let Some(last) = sections.last_mut().filter(|_| open) {
            last.span.end = at;
        }
    };
    for (line, marker) in markers {
        let at = line.start;
        match marker {
            Marker::Begin { direction, transaction } => {
                close(&mut sections, open, at);
                let opted_out = transaction.map(|_| line);
                let transaction = transaction.unwrap_or(default);
                sections.push(Section { span: Span::empty(at), direction, transaction, opted_out });
                open = true;
            }
            Marker::BeginForeign => {
                close(&mut sections, open, at);
                open = false;
            }
            Marker::WholeFile(mode) => whole_file = Some((mode, line)),
            Marker::ThisSection(mode) => {
                if let Some(last) = sections.last_mut().filter(|_| open) {
                    last.transaction = mode;
                    last.opted_out = Some(line);
                }
            }
        }
    }
    close(&mut sections, open, end);
    if let Some((mode, line)) = whole_file {
        for section in &mut sections {
            (section.transaction, section.opted_out) = (mode, Some(line));
        }
    }
    // Changesets for other servers leave a file without sections, which is right; a file without markers is not.
    let none_is_meant =
        marking == Marking::Liquibase && comments.iter().any(|comment| changeset(source.slice(*comment)).is_some());
    (!sections.is_empty() || none_is_meant).then_some(sections)
}

pub(super) fn read(marking: Marking, line: &str) -> Option<Marker> {
    let begin = |direction| Some(Marker::Begin { direction, transaction: None });
    match marking {
        Marking::Goose => {
            let words = line.strip_prefix("--")?.trim().strip_prefix("+goose")?;
            let words: Vec<_> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
            match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["up"] => begin(Direction::Up),
                ["down"] => begin(Direction::Down),
                ["no", "transaction"] => Some(Marker::WholeFile(TransactionMode::Statement)),
                _ => None,
            }
        }
        Marking::Dbmate => {
            let word = line.strip_prefix("--")?.trim_start();
            let (direction, options) = match (word.strip_prefix("migrate:up"), word.strip_prefix("migrate:down")) {
                (Some(options), _) => (Direction::Up, options),
                (_, Some(options)) => (Direction::Down, options),
                _ => return None,
            };
            if !options.is_empty() && !options.starts_with(char::is_whitespace) {
                return None;
            }
            let out = options.split_whitespace().any(|option| option == "transaction:false");
            Some(Marker::Begin { direction, transaction: out.then_some(TransactionMode::OneMessage) })
        }
        Marking::SqlMigrate => {
            let mut words = line.strip_prefix("-- +migrate ")?.split_whitespace();
            let direction = match words.next()? {
                "Up" => Direction::Up,
                "Down" => Direction::Down,
                _ => return None,
            };
            let out = words.any(|word| word == "notransaction");
            Some(Marker::Begin { direction, transaction: out.then_some(TransactionMode::Statement) })
        }
        Marking::Tern if line.contains("---- create above / drop below ----") => begin(Direction::Down),
        Marking::Tern if line.trim_end() == "---- tern: disable-tx ----" => {
            Some(Marker::ThisSection(TransactionMode::Statement))
        }
        Marking::NodePgMigrate => begin(node_pg_migrate(line)?),
        Marking::Liquibase => changeset(line).map(|attributes| {
            let has = |wanted: &str| attributes.split_whitespace().any(|word| word.eq_ignore_ascii_case(wanted));
            if !for_postgresql(attributes) {
                return Marker::BeginForeign;
            }
            let out = has("runInTransaction:false") || has("runInTransaction:\"false\"");
            Marker::Begin { direction: Direction::Up, transaction: out.then_some(TransactionMode::Statement) }
        }),
        _ => None,
    }
}

/// `-- Up Migration`, in any case and with any number of dashes and spaces.
pub(super) fn node_pg_migrate(line: &str) -> Option<Direction> {
    let words = line.strip_prefix("--")?.trim_start_matches(['-', ' ', '\t']).to_ascii_lowercase();
    let (direction, rest) = match (words.strip_prefix("up"), words.strip_prefix("down")) {
        (Some(rest), _) => (Direction::Up, rest),
        (_, Some(rest)) => (Direction::Down, rest),
        _ => return None,
    };
    let spaced = rest.starts_with(char::is_whitespace);
    (spaced && rest.trim_start().starts_with("migration")).then_some(direction)
}

/// The attributes of `--changeset author:id ...`.
pub(super) fn changeset(line: &str) -> Option<&str> {
    let line = line.strip_prefix("--")?.trim_start();
    let keyword = line.get(.."changeset".len()).filter(|word| word.eq_ignore_ascii_case("changeset"))?;
    let rest = line[keyword.len()..].strip_prefix(char::is_whitespace)?;
    rest.contains(':').then_some(rest)
}

/// What ends the statements of a Liquibase changeset beside a semicolon, where the comment begins one: the inner `None` is a changeset
/// without `endDelimiter`.
pub fn end_delimiter(comment: &str) -> Option<Option<&str>> {
    const KEY: &str = "endDelimiter:";
    let value = changeset(comment.trim_end())?.split_whitespace().find_map(|word| {
        word.get(..KEY.len()).filter(|key| key.eq_ignore_ascii_case(KEY)).map(|key| word[key.len()..].trim_matches('"'))
    });
    // Regular expressions that only ask for a line of its own are read, as they are mostly written: `\n/`, `/$`.
    let value = value.map(|value| value.trim_start_matches("\\n").trim_end_matches('$').trim_end_matches("\\n"));
    Some(value.filter(|value| !value.is_empty() && *value != ";"))
}

/// Whether a changeset's `dbms:` lets it run on PostgreSQL.
fn for_postgresql(attributes: &str) -> bool {
    let Some(names) = attributes.split_whitespace().find_map(|word| {
        word.get(..5).filter(|key| key.eq_ignore_ascii_case("dbms:")).map(|key| word[key.len()..].trim_matches('"'))
    }) else {
        return true;
    };
    let mut allowed = true;
    for name in names.split(',').map(str::trim) {
        match name.strip_prefix('!') {
            Some(name) if name.eq_ignore_ascii_case("postgresql") => return false,
            Some(_) => {}
            None if name.eq_ignore_ascii_case("postgresql") || name.eq_ignore_ascii_case("all") => return true,
            None => allowed = false,
        }
    }
    allowed
}

/// Whether a comment ends the statement before it, because some migration tool cuts the file there: goose, dbmate and their like do
/// so even where a semicolon is missing.
pub fn ends_statement(comment: &str) -> bool {
    let Some(text) = comment.strip_prefix("--") else {
        return false;
    };
    let line = text.trim();
    let begins = |mark: &str| line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    // goose, sql-migrate and rambler part statements as well as sections; so do Drizzle, and bun with `--bun:split`.
    ["> statement-breakpoint", "+goose ", "+migrate ", "rambler up", "rambler down", "bun:split"]
        .into_iter()
        .any(begins)
        || [Marking::Dbmate, Marking::Tern, Marking::NodePgMigrate, Marking::Liquibase].into_iter().any(|marking| {
            matches!(read(marking, comment.trim_end()), Some(Marker::Begin { .. } | Marker::BeginForeign))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Down, Up};
    use TransactionMode::{All, File, OneMessage, Pipeline, Statement};

    /// Comments are the `--` lines, statements what a semicolon ends: enough for these texts.
    fn cut(tool: Tool, text: &str) -> Vec<(String, Direction, TransactionMode)> {
        cut_with(tool, text, None)
    }

    fn cut_with(
        tool: Tool,
        text: &str,
        transaction: Option<TransactionMode>,
    ) -> Vec<(String, Direction, TransactionMode)> {
        let source = Source::new("a.sql", text);
        let (mut comments, mut statements, mut at, mut begun) = (Vec::new(), Vec::new(), 0, None);
        for line in text.split_inclusive('\n') {
            let content = line.trim_end();
            let content_start = at + (line.len() - line.trim_start().len()) as u32;
            let content_end = at + content.len() as u32;
            if content.trim_start().starts_with("--") {
                comments.push(Span::new(content_start, content_end));
            } else if !content.is_empty() {
                let start = *begun.get_or_insert(at);
                if content.ends_with(';') {
                    statements.push(Span::new(start, content_end - 1));
                    begun = None;
                }
            }
            at += line.len() as u32;
        }
        tool.read(&source, &comments, &statements, transaction)
            .sections
            .into_iter()
            .map(|section| {
                let inside: Vec<_> = statements
                    .iter()
                    .filter(|statement| section.span.contains(**statement))
                    .map(|statement| source.slice(*statement))
                    .collect();
                (inside.join("|"), section.direction, section.transaction)
            })
            .collect()
    }

    fn section(text: &str, direction: Direction, mode: TransactionMode) -> (String, Direction, TransactionMode) {
        (text.to_owned(), direction, mode)
    }

    #[test]
    fn goose() {
        let text = "SELECT 0;\n-- +goose Up\nSELECT 1;\nSELECT 2;\n-- +goose Down\nSELECT 3;\n";
        assert_eq!(cut(Tool::GOOSE, text), [section("SELECT 1|SELECT 2", Up, File), section("SELECT 3", Down, File)]);
        let text = "-- +goose NO TRANSACTION\n-- +goose UP\nSELECT 1;\n-- +goose Down\nSELECT 2;\n";
        assert_eq!(cut(Tool::GOOSE, text), [section("SELECT 1", Up, Statement), section("SELECT 2", Down, Statement)]);
        assert_eq!(cut(Tool::GOOSE, "SELECT 1;"), [section("SELECT 1", Up, File)]);
    }

    #[test]
    fn a_marker_is_a_comment_that_begins_its_line() {
        let source = Source::new("a.sql", "-- +goose Up\nSELECT $$\n-- +goose Down\n$$; -- +goose Down\nSELECT 2;");
        let trailing = source.text().rfind("-- +goose").map_or(0, |at| at as u32);
        let comments = [Span::new(0, 12), Span::new(trailing, trailing + 14)];
        let sections = Tool::GOOSE.read(&source, &comments, &[], None).sections;
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].span, Span::new(0, source.text().len() as u32));
    }

    #[test]
    fn dbmate() {
        let text = "-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n--migrate:up\nSELECT 3;\n";
        assert_eq!(
            cut(Tool::DBMATE, text),
            [section("SELECT 1", Up, OneMessage), section("SELECT 2", Down, File), section("SELECT 3", Up, File)]
        );
        assert_eq!(cut(Tool::DBMATE, "-- migrate:upwards\nSELECT 1;"), [section("SELECT 1", Up, File)]);
    }

    #[test]
    fn sql_migrate() {
        let text = "-- +migrate Up notransaction\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n";
        assert_eq!(cut(Tool::SQL_MIGRATE, text), [section("SELECT 1", Up, Statement), section("SELECT 2", Down, File)]);
    }

    #[test]
    fn tern() {
        let text = "SELECT 1;\n---- create above / drop below ----\nSELECT 2;\n";
        assert_eq!(cut(Tool::TERN, text), [section("SELECT 1", Up, File), section("SELECT 2", Down, File)]);
        let text = "---- tern: disable-tx ----\nSELECT 1;\n---- create above / drop below ----\nSELECT 2;\n";
        assert_eq!(cut(Tool::TERN, text), [section("SELECT 1", Up, Statement), section("SELECT 2", Down, File)]);
        assert_eq!(cut(Tool::TERN, "SELECT 1;\n"), [section("SELECT 1", Up, File)]);
    }

    #[test]
    fn node_pg_migrate_in_either_order() {
        let text = "-- Up Migration\nSELECT 1;\n--- down migration\nSELECT 2;\n";
        assert_eq!(cut(Tool::NODE_PG_MIGRATE, text), [section("SELECT 1", Up, All), section("SELECT 2", Down, All)]);
        let text = "-- Down Migration\nSELECT 2;\n-- Up Migration\nSELECT 1;\n-- up migration\nSELECT 3;\n";
        assert_eq!(
            cut(Tool::NODE_PG_MIGRATE, text),
            [section("SELECT 2", Down, All), section("SELECT 1|SELECT 3", Up, All)]
        );
    }

    #[test]
    fn node_pg_migrate_runs_everything_where_no_marker_says_up() {
        let text = "SELECT 1;\n-- Down Migration\nSELECT 2;\n";
        assert_eq!(cut(Tool::NODE_PG_MIGRATE, text), [section("SELECT 1|SELECT 2", Up, All)]);
    }

    #[test]
    fn liquibase() {
        let text = "--liquibase formatted sql\n--changeset ann:1\nSELECT 1;\n--rollback SELECT 9;\n\
                    -- ChangeSet ann:2 runInTransaction:false\nSELECT 2;\n--changeset ann:3 dbms:mysql\nSELECT 3;\n\
                    --changeset ann:4 dbms:postgresql,!h2\nSELECT 4;\n";
        assert_eq!(
            cut(Tool::LIQUIBASE, text),
            [section("SELECT 1", Up, File), section("SELECT 2", Up, Statement), section("SELECT 4", Up, File)]
        );
        let text = "--liquibase formatted sql\n--changeset ann:1 dbms:!postgresql\nSELECT 1;\n";
        assert_eq!(cut(Tool::LIQUIBASE, text), []);
    }

    #[test]
    fn sqlx_reads_only_the_first_bytes() {
        let mode = |text| cut(Tool::SQLX, text)[0].2;
        assert_eq!(mode("-- no-transaction\nSELECT 1;"), OneMessage);
        assert_eq!(mode("\u{feff}-- no-transaction\nSELECT 1;"), File);
        assert_eq!(mode("-- hello\n-- no-transaction\nSELECT 1;"), File);
    }

    #[test]
    fn hasura_reads_only_the_first_line() {
        let mode = |text| cut(Tool::HASURA, text)[0].2;
        assert_eq!(mode("-- hasura:no-transaction \nSELECT 1;"), OneMessage);
        assert_eq!(mode("-- hasura:no-transaction please\nSELECT 1;"), File);
        assert_eq!(mode("\n-- hasura:no-transaction\nSELECT 1;"), File);
    }

    #[test]
    fn atlas_wants_its_directive_parted_from_the_rest() {
        let mode = |text| cut(Tool::ATLAS, text)[0].2;
        assert_eq!(mode("-- atlas:txmode none\n\nSELECT 1;"), Statement);
        assert_eq!(mode("-- why\n-- atlas:txmode none\n\nSELECT 1;"), Statement);
        assert_eq!(mode("-- atlas:txmode none\nSELECT 1;"), File);
        assert_eq!(mode("\n-- atlas:txmode none\n\nSELECT 1;"), File);
    }

    #[test]
    fn graphile_migrate_wants_its_line_before_the_first_statement() {
        let mode = |text| cut(Tool::GRAPHILE_MIGRATE, text)[0].2;
        assert_eq!(mode("--! Previous: -\n--! Hash: x\n\n--! no-transaction\nSELECT 1;"), OneMessage);
        assert_eq!(mode("SELECT 1;\n--! no-transaction\n"), File);
    }

    #[test]
    fn flyway_finds_out_by_itself() {
        let mode = |text| cut(Tool::FLYWAY, text)[0].2;
        assert_eq!(mode("CREATE INDEX CONCURRENTLY i ON t (a);\nDROP INDEX CONCURRENTLY j;\n"), Statement);
        assert_eq!(mode("SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY i ON t (a);\n"), File);
        assert_eq!(mode("-- nothing\n"), File);
        let mixed = |text| cut(Tool::FLYWAY_MIXED, text)[0].2;
        assert_eq!(mixed("SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY i ON t (a);\n"), Statement);
        assert_eq!(mixed("SELECT 1;\n"), File);
        let conf = cut_with(Tool::FLYWAY, "SELECT 1;\n", Some(Statement));
        assert_eq!(conf, [section("SELECT 1", Up, Statement)]);
        let conf = cut_with(Tool::FLYWAY, "VACUUM t;\n", Some(File));
        assert_eq!(conf, [section("VACUUM t", Up, File)]);
    }

    #[test]
    fn supabase_runs_some_statements_between_its_pipelines() {
        let text = "SELECT 1;\nSELECT 2;\nCREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\nSELECT 3;\nSELECT 4;\n";
        assert_eq!(
            cut(Tool::SUPABASE, text),
            [
                section("SELECT 1|SELECT 2", Up, Pipeline),
                section("CREATE INDEX CONCURRENTLY i ON t (a)", Up, Statement),
                section("VACUUM t", Up, Statement),
                section("SELECT 3|SELECT 4", Up, Pipeline),
            ]
        );
        assert_eq!(cut(Tool::SUPABASE, "VACUUM t;\n"), [section("VACUUM t", Up, Statement)]);
        assert_eq!(cut(Tool::SUPABASE, ""), [section("", Up, Pipeline)]);
        let last = "SELECT 1;\nDROP INDEX CONCURRENTLY i;\n";
        let both = |tool| cut(tool, last).len() == 2;
        assert!(both(Tool::SUPABASE) && !both(Tool::SUPABASE_BEFORE_2_116));
    }

    #[test]
    fn a_statement_that_refuses_a_transaction_may_begin_a_pipeline() {
        let older = |text| cut(Tool::SUPABASE_BEFORE_2_109, text);
        assert_eq!(older("VACUUM t;\n"), [section("VACUUM t", Up, Statement)]);
        assert_eq!(
            older("-- a\nCREATE INDEX CONCURRENTLY i ON t (a);\nSELECT 1;\nVACUUM t;\n"),
            [
                section("CREATE INDEX CONCURRENTLY i ON t (a)", Up, Statement),
                section("SELECT 1|VACUUM t", Up, Pipeline)
            ]
        );
        assert_eq!(older("CLUSTER t USING i;\nSELECT 1;\n"), [section("CLUSTER t USING i|SELECT 1", Up, Pipeline)]);
        // It is the first behind the statement that the newest version runs alone.
        assert_eq!(
            cut(Tool::SUPABASE, "VACUUM t;\nCREATE DATABASE d;\nSELECT 1;\n"),
            [
                section("VACUUM t", Up, Statement),
                section("CREATE DATABASE d", Up, Statement),
                section("SELECT 1", Up, Pipeline),
            ]
        );
    }

    #[test]
    fn tools_without_markers_take_the_whole_file() {
        assert_eq!(cut(Tool::PRISMA_BEFORE_7_4, "SELECT 1;\n"), [section("SELECT 1", Up, OneMessage)]);
        assert_eq!(cut(Tool::PRISMA, "SELECT 1;\n"), [section("SELECT 1", Up, Statement)]);
        assert_eq!(cut(Tool::DRIZZLE, "SELECT 1;\n"), [section("SELECT 1", Up, All)]);
        assert_eq!(cut_with(Tool::DIESEL, "SELECT 1;\n", Some(OneMessage)), [section("SELECT 1", Up, OneMessage)]);
    }

    #[test]
    fn tools_cut_where_a_semicolon_is_missing() {
        for marker in [
            "-- +goose Down",
            "-- +goose StatementEnd",
            "-- migrate:down",
            "-- +migrate Down",
            "---- create above / drop below ----",
            "--> statement-breakpoint",
            "-- Down Migration",
            "--changeset ann:1",
        ] {
            assert!(ends_statement(marker), "{marker}");
        }
        for comment in ["-- migrate: later", "-- going down", "-- upgrade migration", "/* -- migrate:down */"] {
            assert!(!ends_statement(comment), "{comment}");
        }
    }
}
