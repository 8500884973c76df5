//! The speed of several parsers on the same text, in one run and on one thread.
//!
//!     cargo run --release --manifest-path tests/speed/Cargo.toml -- FOLDER [ROUNDS]
//!
//! Every parser is given the same statements, as PostgreSQL's scanner cuts them, joined into one text for those that take a text as
//! a whole. Only statements that PostgreSQL parses count. The rounds of all alternate, and the time is the thread's own, so that the
//! ratios hold on a machine that does other work as well.

use shipworthy::dialect::Dialect;
use shipworthy::parse::{parse, recognised, statements, tokens};
use shipworthy::source::Source;
use std::hint::black_box;
use std::time::{Duration, Instant};
use walkdir::WalkDir;

/// How much one call is given.
enum Takes {
    /// Every statement alone: the tree of a whole file would not fit.
    Statement(fn(&str)),
    /// Every file.
    File(fn(&Source)),
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("speed FOLDER [ROUNDS]");
        std::process::exit(2);
    };
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "sql")
            && let Ok(text) = std::fs::read_to_string(entry.path())
            && let Ok(cut) = pg_query::split_with_scanner(&text)
        {
            let valid = cut
                .into_iter()
                .filter(|statement| pg_query::parse(statement, pg_query::ParserOptions::DEFAULT).is_ok());
            let valid: Vec<String> = valid.map(str::to_owned).collect();
            let whole = valid.iter().map(|statement| format!("{statement};\n")).collect::<String>();
            files.push((Source::new(entry.path().to_string_lossy(), whole), valid));
        }
    }
    let bytes: usize = files.iter().map(|(source, _)| source.text().len()).sum();
    let count: usize = files.iter().map(|(_, statements)| statements.len()).sum();
    println!("{} files, {count} statements, {:.1} MB, {rounds} rounds", files.len(), bytes as f64 / 1e6);
    let parsers = [
        (
            "ours: lex",
            Takes::File(|source| {
                black_box(tokens(source));
            }),
        ),
        (
            "ours: lex + split",
            Takes::File(|source| {
                black_box(statements(source));
            }),
        ),
        (
            "ours: + recognise",
            Takes::File(|source| {
                black_box(recognised(source));
            }),
        ),
        ("ours: all detail", Takes::File(|source| drop(black_box(parse(source, Dialect::Postgres))))),
        (
            "pg_query::parse",
            Takes::Statement(|text| drop(black_box(pg_query::parse(text, pg_query::ParserOptions::DEFAULT)))),
        ),
        (
            "sqlparser",
            Takes::Statement(|text| {
                let dialect = sqlparser::dialect::PostgreSqlDialect {};
                drop(black_box(sqlparser::parser::Parser::parse_sql(&dialect, text)));
            }),
        ),
        ("squawk-syntax", Takes::Statement(|text| drop(black_box(squawk_syntax::SourceFile::parse(text))))),
    ];
    let mut best = vec![Duration::MAX; parsers.len()];
    for _ in 0..rounds {
        for (at, (_, takes)) in parsers.iter().enumerate() {
            let start = clock();
            for (source, statements) in &files {
                match takes {
                    Takes::File(read) => read(source),
                    Takes::Statement(read) => statements.iter().for_each(|statement| read(statement)),
                }
            }
            best[at] = best[at].min(clock().saturating_sub(start));
        }
    }
    for (at, (name, _)) in parsers.iter().enumerate() {
        let seconds = best[at].as_secs_f64();
        println!("{name:<22} {:8.1} MB/s  x{:.2}", bytes as f64 / 1e6 / seconds, seconds / best[3].as_secs_f64());
    }
}

/// Time that this thread has run, where the system tells it; else time that went by.
fn clock() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = statistics.as_deref().and_then(|text| text.split(' ').next()?.parse().ok());
    ran.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}
