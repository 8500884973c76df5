//! How fast SQL is read: `SQL=folder cargo bench --bench parse [-- rounds]`.
//!
//! Every `.sql` file of the folder is read in memory, file by file, on one thread. Each stage includes those before it. The rounds
//! of all stages alternate, so that their ratios hold on a machine that does other work as well.

use shipworthy::dialect::Dialect;
use shipworthy::parse::{parse, recognised, statements, tokens};
use shipworthy::source::Source;
use std::hint::black_box;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A stage's name and what it makes of a source.
type Stage = (&'static str, fn(&Source) -> usize);

const STAGES: [Stage; 4] = [
    ("lex", |source| tokens(source)),
    ("lex + split", |source| statements(source)),
    ("lex + split + recognise", |source| recognised(source)),
    ("all detail", |source| {
        // Dropping what was read is part of the price.
        black_box(parse(source, Dialect::Postgres)).statements.len()
    }),
];

fn main() {
    let Some(folder) = std::env::var_os("SQL") else {
        println!("SQL=folder names what to read; nothing was measured");
        return;
    };
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let mut sources = Vec::new();
    collect(Path::new(&folder), &mut sources);
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    println!("{} files, {:.1} MB, {rounds} rounds", sources.len(), bytes as f64 / 1e6);
    if bytes == 0 {
        return;
    }
    let mut best = [Duration::MAX; STAGES.len()];
    let mut count = [0; STAGES.len()];
    for _ in 0..rounds {
        for (at, (_, stage)) in STAGES.iter().enumerate() {
            let start = clock();
            count[at] = sources.iter().map(|source| stage(black_box(source))).sum();
            best[at] = best[at].min(clock().saturating_sub(start));
        }
    }
    let first = best[0].as_secs_f64();
    for (at, (name, _)) in STAGES.iter().enumerate() {
        let seconds = best[at].as_secs_f64();
        let (speed, ratio) = (bytes as f64 / 1e6 / seconds, seconds / first);
        println!("{name:<24} {speed:7.1} MB/s  x{ratio:<5.2} {:>9}", count[at]);
    }
}

/// Time that this thread has run, where the system tells it; else time that went by.
fn clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = statistics.as_deref().and_then(|text| text.split(' ').next()?.parse().ok());
    ran.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "sql")
            && let Ok(bytes) = std::fs::read(&path)
            && let Ok(source) = Source::decode(path.to_string_lossy(), bytes)
        {
            sources.push(source);
        }
    }
}
