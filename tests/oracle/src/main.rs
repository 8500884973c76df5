//! Compares the parser with PostgreSQL's own grammar, statement by statement.
//!
//!     cargo run --manifest-path tests/oracle/Cargo.toml -- [-v] FOLDER...
//!
//! Each folder is a project. Of every `.sql` file that PostgreSQL parses as a whole: do the statements' boundaries agree, and for each
//! statement the kind and its operands (see `facts.rs` and `grammar.rs`, which put both trees into the same words)? Prints a row per
//! project. Files that PostgreSQL refuses are compared statement by statement, where it takes the statement alone.

mod facts;
mod grammar;
mod normal;

use shipworthy::dialect::Dialect;
use shipworthy::migration::ProblemKind;
use shipworthy::parse::parse;
use shipworthy::source::Source;
use shipworthy::statement::Command;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Default)]
struct Tally {
    files: usize,
    refused_files: usize,
    other_boundaries: usize,
    statements: usize,
    same_kind: usize,
    same_operands: usize,
    unknown: usize,
    wrong_syntax_errors: usize,
    differences: BTreeMap<String, usize>,
}

fn main() {
    let (flags, folders): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let verbose = flags.iter().any(|flag| flag == "-v");
    let mut total = Tally::default();
    println!("{:28} {:>7} {:>7} {:>7} {:>9} {:>10} {:>10} {:>8} {:>8}", "project", "files", "refused", "cut", "statements", "kind", "operands", "unknown", "syntax");
    for folder in &folders {
        let mut tally = Tally::default();
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        for file in files.filter(|file| file.path().extension().is_some_and(|extension| extension == "sql")) {
            compare_file(file.path(), &mut tally, verbose);
        }
        print_row(&folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder), &tally);
        total.add(tally);
    }
    print_row("all", &total);
    let mut differences: Vec<_> = total.differences.into_iter().collect();
    differences.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (difference, count) in differences.iter().take(40) {
        println!("{count:6}  {difference}");
    }
}

fn print_row(name: &str, tally: &Tally) {
    let percent = |part: usize| format!("{:.3}%", 100.0 * part as f64 / tally.statements.max(1) as f64);
    println!(
        "{:28} {:7} {:7} {:7} {:9} {:>11} {:>10} {:8} {:8}",
        name,
        tally.files,
        tally.refused_files,
        tally.other_boundaries,
        tally.statements,
        percent(tally.same_kind),
        percent(tally.same_operands),
        tally.unknown,
        tally.wrong_syntax_errors
    );
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.refused_files += other.refused_files;
        self.other_boundaries += other.other_boundaries;
        self.statements += other.statements;
        self.same_kind += other.same_kind;
        self.same_operands += other.same_operands;
        self.unknown += other.unknown;
        self.wrong_syntax_errors += other.wrong_syntax_errors;
        for (difference, count) in other.differences {
            *self.differences.entry(difference).or_default() += count;
        }
    }
}

fn compare_file(path: &Path, tally: &mut Tally, verbose: bool) {
    let Ok(bytes) = std::fs::read(path) else { return };
    let Ok(source) = Source::decode(path.to_string_lossy(), bytes) else { return };
    let parsed = parse(&source, Dialect::Postgres);
    tally.files += 1;
    let text = source.text().trim_start_matches('\u{feff}');
    let shift = source.text().len() - text.len();
    let trees = match pg_query::parse(text, pg_query::ParserOptions::DEFAULT) {
        Ok(result) => Some(result.protobuf.stmts),
        Err(_) => None,
    };
    let mut pairs = Vec::new();
    match trees {
        Some(trees) => {
            if trees.len() != parsed.statements.len() {
                tally.other_boundaries += 1;
                if verbose {
                    println!("BOUNDARIES {}: theirs {}, ours {}", path.display(), trees.len(), parsed.statements.len());
                }
            }
            for (tree, statement) in trees.into_iter().zip(&parsed.statements) {
                let start = shift + tree.stmt_location as usize;
                let end = if tree.stmt_len == 0 { source.text().len() } else { start + tree.stmt_len as usize };
                let contains = start <= statement.span.start as usize && statement.span.end as usize <= end;
                if contains {
                    pairs.push((tree.stmt, statement));
                } else {
                    tally.other_boundaries += 1;
                    if verbose {
                        println!("BOUNDARIES {}: theirs {start}..{end}, ours {:?}", path.display(), statement.span);
                    }
                    break;
                }
            }
        }
        None => {
            tally.refused_files += 1;
            for statement in &parsed.statements {
                if let Ok(result) = pg_query::parse(source.slice(statement.span), pg_query::ParserOptions::DEFAULT)
                    && let [tree] = result.protobuf.stmts.as_slice()
                {
                    pairs.push((tree.stmt.clone(), statement));
                }
            }
        }
    }
    for (tree, statement) in pairs {
        let Some(tree) = tree.and_then(|tree| tree.node) else { continue };
        tally.statements += 1;
        let index = parsed.statements.iter().position(|candidate| std::ptr::eq(candidate, statement));
        if parsed
            .problems
            .iter()
            .any(|problem| problem.statement == index && matches!(problem.kind, ProblemKind::Syntax { .. }))
        {
            tally.wrong_syntax_errors += 1;
            println!("SYNTAX {}: {}", path.display(), head(source.slice(statement.span)));
        }
        if let Command::Unknown(_) = statement.command {
            tally.unknown += 1;
            let kind = grammar::kind(&tree);
            *tally.differences.entry(format!("unknown: {kind}")).or_default() += 1;
            if verbose {
                println!("UNKNOWN {}: {}", path.display(), head(source.slice(statement.span)));
            }
            continue;
        }
        let theirs = grammar::facts(&tree);
        let ours = facts::facts(&statement.command, &source);
        let kind = |facts: &[String]| facts.first().cloned().unwrap_or_default();
        if kind(&theirs) == kind(&ours) {
            tally.same_kind += 1;
        }
        if theirs == ours {
            tally.same_operands += 1;
            continue;
        }
        let missing: Vec<_> = theirs.iter().filter(|fact| !ours.contains(fact)).collect();
        let surplus: Vec<_> = ours.iter().filter(|fact| !theirs.contains(fact)).collect();
        let word = |facts: &[&String]| facts.first().map_or(String::new(), |fact| fact.split(' ').next().unwrap_or("").to_owned());
        *tally.differences.entry(format!("{}: {} / {}", kind(&theirs), word(&missing), word(&surplus))).or_default() += 1;
        if verbose {
            println!("DIFFERS {}: {}\n    theirs {missing:?}\n    ours   {surplus:?}", path.display(), head(source.slice(statement.span)));
        }
    }
}

fn head(sql: &str) -> String {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.chars().take(300).collect()
}
