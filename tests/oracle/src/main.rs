//! Compares the parser with PostgreSQL's own grammar, statement by statement.
//!
//!     cargo run --manifest-path tests/oracle/Cargo.toml -- [-v] FOLDER...
//!
//! Each folder is a project. Of every `.sql` file that PostgreSQL parses as a whole, as psql would send it: do the statements'
//! boundaries agree, and for each statement the kind and its operands (`facts.rs` and `grammar.rs` put both trees into the same words)?
//! Files that PostgreSQL refuses are compared statement by statement, where it takes the statement alone. Prints a row of a Markdown
//! table per project, then the commonest differences; `-v` prints each with its statement.
//!
//! Not compared, because no effect depends on it and our tree leaves it out: modes of transactions and of `SET CONSTRAINTS`, values of
//! `EXPLAIN` options, options of objects other than relations and roles, operator class parameters, the operands of `ALTER` of objects
//! that are no relation, type or domain, beside name, rename and schema.

mod facts;
mod grammar;
mod normal;
mod psql;

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
    println!("| project | files | refused by PostgreSQL | other boundaries | statements | kind | operands | unknown | false syntax errors |");
    println!("| --- | --: | --: | --: | --: | --: | --: | --: | --: |");
    for folder in &folders {
        let mut tally = Tally::default();
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        for file in files.filter(|file| file.path().extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))) {
            compare_file(file.path(), &mut tally, verbose);
        }
        print_row(folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder), &tally);
        total.add(tally);
    }
    print_row("**all**", &total);
    let mut differences: Vec<_> = total.differences.into_iter().collect();
    differences.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    println!();
    for (difference, count) in differences.iter().take(80) {
        println!("{count:6}  {difference}");
    }
}

fn print_row(name: &str, tally: &Tally) {
    // Never rounded up to 100%.
    let percent = |part: usize| format!("{:.3}%", (100_000.0 * part as f64 / tally.statements.max(1) as f64).floor() / 1000.0);
    println!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
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

fn trees(text: &str) -> Option<Vec<pg_query::protobuf::RawStmt>> {
    pg_query::parse(text, pg_query::ParserOptions::DEFAULT).ok().map(|result| result.protobuf.stmts)
}

fn compare_file(path: &Path, tally: &mut Tally, verbose: bool) {
    let Ok(bytes) = std::fs::read(path) else { return };
    let Ok(mut source) = Source::decode(path.to_string_lossy(), bytes) else { return };
    tally.files += 1;
    let shift = source.text().len() - source.text().trim_start_matches('\u{feff}').len();
    // As it is; else as psql would send it; else with its variables replaced, for both sides.
    let mut found = trees(&source.text()[shift..]);
    if found.is_none() {
        found = trees(&psql::sent(&source.text()[shift..]));
    }
    if found.is_none() {
        let replaced = psql::without_variables(source.text());
        let sent = psql::sent(&replaced[shift..]);
        found = trees(&sent);
        if found.is_some() {
            source = Source::new(path.to_string_lossy(), replaced);
        }
    }
    let parsed = parse(&source, Dialect::Postgres);
    let statements: Vec<_> = parsed.statements.iter().enumerate().filter(|(_, statement)| !matches!(statement.command, Command::Meta(_))).collect();
    let mut pairs = Vec::new();
    let accepted = found.is_some();
    match found {
        Some(trees) => {
            let mut differ = |theirs: &str, ours: &str| {
                tally.other_boundaries += 1;
                if verbose {
                    println!("BOUNDARIES {}: theirs {theirs}, ours {ours}", path.display());
                }
            };
            if trees.len() != statements.len() {
                differ(&trees.len().to_string(), &statements.len().to_string());
            }
            // Pairs are found by their places, so that one difference hides no other.
            let mut ours = statements.iter().peekable();
            for tree in trees {
                let start = shift + tree.stmt_location as usize;
                let end = if tree.stmt_len == 0 { source.text().len() } else { start + tree.stmt_len as usize };
                while ours.next_if(|(_, statement)| (statement.span.start as usize) < start).is_some() {}
                match ours.next_if(|(_, statement)| statement.span.end as usize <= end) {
                    Some(&(index, statement)) => pairs.push((tree.stmt, index, statement)),
                    None => differ(&format!("{start}..{end} {}", head(source.text().get(start..end).unwrap_or(""))), "another"),
                }
            }
        }
        None => {
            tally.refused_files += 1;
            for &(index, statement) in &statements {
                if let Some(trees) = trees(source.slice(statement.span))
                    && let [tree] = trees.as_slice()
                {
                    pairs.push((tree.stmt.clone(), index, statement));
                }
            }
        }
    }
    for (tree, index, statement) in pairs {
        let Some(tree) = tree.and_then(|tree| tree.node) else { continue };
        tally.statements += 1;
        let is_error = |problem: &shipworthy::migration::Problem| {
            // In a file that PostgreSQL refuses, a statement that it takes alone may lack its semicolon.
            problem.statement == Some(index)
                && matches!(&problem.kind, ProblemKind::Syntax { message, .. } if accepted || !message.contains("without a semicolon"))
        };
        if parsed.problems.iter().any(is_error) {
            tally.wrong_syntax_errors += 1;
            println!("SYNTAX {}: {}", path.display(), head(source.slice(statement.span)));
        }
        if let Command::Unknown(_) = statement.command {
            tally.unknown += 1;
            *tally.differences.entry(format!("unknown: {}", grammar::kind(&tree))).or_default() += 1;
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
        let (missing, surplus) = differences(&theirs, &ours);
        if missing.is_empty() && surplus.is_empty() {
            tally.same_operands += 1;
            continue;
        }
        let word = |facts: &[String]| facts.first().map_or(String::new(), |fact| fact.split(' ').next().unwrap_or("").to_owned());
        *tally.differences.entry(format!("{}: {} / {}", kind(&theirs), word(&missing), word(&surplus))).or_default() += 1;
        if verbose {
            println!("DIFFERS {}: {}\n    theirs {missing:?}\n    ours   {surplus:?}", path.display(), head(source.slice(statement.span)));
        }
    }
}

/// The facts of either side that the other lacks. Their order is that of the words, not of the statement; of several facts with one
/// word the order counts.
fn differences(theirs: &[String], ours: &[String]) -> (Vec<String>, Vec<String>) {
    let numbered = |facts: &[String]| {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let number = |fact: &String| {
            let count = seen.entry(fact.split(' ').next().unwrap_or("").to_owned()).or_default();
            *count += 1;
            (*count, fact.clone())
        };
        facts.iter().map(number).collect::<Vec<_>>()
    };
    let (theirs, ours) = (numbered(theirs), numbered(ours));
    let find = |facts: &[(usize, String)], word: &str| facts.iter().find_map(|(_, fact)| fact.strip_prefix(word).map(str::to_owned));
    let same = |their: &(usize, String), our: &(usize, String)| {
        if their == our {
            return true;
        }
        // Facts of a statement within another one are marked by where it stands.
        let parts = |fact: &str| fact.split_once(' ').map(|(word, names)| (word.to_owned(), names.to_owned()));
        match (parts(&their.1), parts(&our.1)) {
            (Some((word, their)), Some((our_word, our))) if word == our_word => {
                their_names_are_ours(word.rsplit('>').next().unwrap_or(""), &their, &our)
            }
            _ => false,
        }
    };
    // A body that we do not enter is not kept; nor are options of maintenance in their old spelling, without parentheses.
    let bodiless = find(&ours, "body ").is_none();
    let maintains = ours.first().is_some_and(|(_, kind)| ["Vacuum", "Analyze", "Cluster"].contains(&kind.as_str()));
    let bare = maintains && find(&ours, "option ").is_none();
    let missing = theirs
        .iter()
        .filter(|their| !(bodiless && their.1.starts_with("body ")) && !(bare && their.1.starts_with("option ")) && !ours.iter().any(|our| same(their, our)))
        .map(|(_, fact)| fact.clone())
        .collect();
    let surplus = ours.iter().filter(|our| !theirs.iter().any(|their| same(their, our))).map(|(_, fact)| fact.clone()).collect();
    (missing, surplus)
}

/// Lists of names, where one side may say more: a call by a keyword is a call to us, and a node of its own to PostgreSQL; an output
/// column without a label has a name that its expression gives.
fn their_names_are_ours(word: &str, theirs: &str, ours: &str) -> bool {
    let list = |names: &str| names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (theirs, ours) = (list(theirs), list(ours));
    match word {
        "outputs" => theirs.len() == ours.len() && theirs.iter().zip(&ours).all(|(their, our)| their == "?" || their == our || (their == "*" && our == "?")),
        "calls" => theirs.iter().all(|name| ours.contains(name)) && ours.iter().all(|name| theirs.contains(name) || KEYWORD_CALLS.contains(&name.as_str())),
        "columns" => {
            let named = |name: &String| theirs.iter().any(|their| their.trim_start_matches('~') == name);
            ours.iter().all(named) && theirs.iter().all(|name| name.starts_with('~') || ours.contains(name))
        }
        _ => false,
    }
}

/// Calls that have a grammar of their own (manual: 9.1 to 9.18, gram.y: func_expr_common_subexpr).
const KEYWORD_CALLS: [&str; 55] = [
    "xmlnamespaces", "xmlattributes", "pg_collation_for",
    "coalesce", "greatest", "least", "nullif", "extract", "position", "substring", "overlay", "trim", "btrim", "ltrim", "rtrim", "current_timestamp",
    "current_date", "current_time", "localtime", "localtimestamp", "current_user", "current_role", "session_user", "user", "system_user",
    "current_catalog", "current_schema", "normalize", "is_normalized", "timezone", "overlaps", "xmlelement", "xmlconcat", "xmlforest",
    "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmlexists", "json", "json_array", "json_object", "json_scalar", "json_serialize",
    "json_arrayagg", "json_objectagg", "json_exists", "json_query", "json_value", "json_table", "grouping", "treat", "collation", "merge_action",
    "row",
];

fn head(sql: &str) -> String {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.chars().take(300).collect()
}
