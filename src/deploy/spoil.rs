//! Commands that do not reach their program as they are written.

use super::run::{Arg, Fed, Run};
use super::shell::{Quoted, opens_dollar_quote};
use super::text::Text;
use super::unit::Spoilt;
use crate::effect::Spoiling;
use crate::source::Span;

/// Programs whose arguments matter here.
const PROGRAMS: [&str; 24] = [
    "psql",
    "mysql",
    "prisma",
    "drizzle-kit",
    "supabase",
    "typeorm",
    "sequelize",
    "sequelize-cli",
    "knex",
    "rails",
    "rake",
    "artisan",
    "console",
    "manage.py",
    "alembic",
    "flask",
    "flyway",
    "liquibase",
    "dbmate",
    "goose",
    "migrate",
    "diesel",
    "sqlx",
    "atlas",
];
/// What takes a migration tool along.
const STARTERS: [&str; 12] =
    ["npx", "npm", "pnpm", "yarn", "bunx", "bundle", "python", "python3", "php", "poetry", "uv", "node"];

fn is_ours(words: &[Arg]) -> bool {
    words.iter().take(4).any(|arg| {
        let name = arg.text.rsplit('/').next().unwrap_or_default();
        PROGRAMS.contains(&name.split('@').next().unwrap_or_default())
            || arg.text.contains("migrate")
            || arg.text.starts_with("db:")
    })
}

/// What spoils a command that a shell reads: how, the program that it was meant for, and the place.
pub(super) fn by_shell(run: &Run) -> Vec<(Spoiling, String, Span)> {
    let mut found = Vec::new();
    for starter in &run.starters {
        let name = starter.first().map_or("", |arg| arg.text.rsplit('/').next().unwrap_or_default());
        if name == "ssh"
            && let Some(at) = split_again(starter)
        {
            found.push((Spoiling::SplitAgain, run.name.clone(), at));
        }
        if matches!(name, "sh" | "bash" | "zsh" | "ash" | "dash")
            && let Some(at) = first_word_only(starter)
        {
            let tool = starter
                .iter()
                .skip_while(|arg| !arg.text.ends_with('c'))
                .nth(1)
                .map_or_else(String::new, |arg| arg.text.clone());
            found.push((Spoiling::FirstWordOnly, tool, at));
        }
    }
    let psql = run.name == "psql";
    if psql {
        let words = run.words.iter().filter(|arg| arg.halves_dollars && is_sql_with_body(&arg.text));
        found.extend(words.map(|arg| (Spoiling::ExpandedDollars, "psql".to_owned(), arg.at)));
    }
    let ssh = run.starters.iter().any(|starter| starter.first().is_some_and(|arg| arg.text == "ssh"));
    if let Some(Fed::Text { text, at, open: true }) = &run.input
        && (psql || (ssh && text.contains("psql")))
        && is_sql_with_body(text)
        && let Some(offset) = expanded_dollars(text)
    {
        let start = at.start + offset as u32;
        found.push((Spoiling::ExpandedDollars, "psql".to_owned(), Span::new(start, start + 2)));
    }
    found.sort_by_key(|(_, _, at)| *at);
    found.dedup_by_key(|(how, _, at)| (*how, *at));
    found
}

/// Where a here-document has a `$$` or `$tag$` that the shell expands.
fn expanded_dollars(text: &str) -> Option<usize> {
    let found = text.match_indices('$').find(|(at, _)| {
        let escaped = text[..*at].ends_with('\\');
        !escaped && opens_dollar_quote(&text[*at..])
    });
    found.map(|(at, _)| at)
}

/// A text with `$$` around the body of a function, or of `DO`: not just any two dollars.
fn is_sql_with_body(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let words: Vec<&str> = upper.split_whitespace().collect();
    words.windows(2).any(|pair| matches!(pair[0].trim_start_matches('"'), "DO" | "AS") && pair[1].starts_with('$'))
}

/// `ssh host psql -c "a b"`: where a quoted word would be taken apart.
fn split_again(words: &[Arg]) -> Option<Span> {
    let mut rest = words.iter().skip(1);
    let mut behind = Vec::new();
    // Flags of ssh, then the host.
    while let Some(arg) = rest.next() {
        if arg.text.starts_with('-') {
            if matches!(arg.text.as_str(), "-i" | "-p" | "-o" | "-l" | "-F" | "-J" | "-L" | "-R") {
                rest.next();
            }
            continue;
        }
        behind = rest.collect();
        break;
    }
    let quoted =
        |arg: &&&Arg| arg.quoted != Quoted::No && arg.text.contains(' ') && !arg.text.contains(['"', '\'', '\\']);
    if behind.len() < 2 || !is_ours(&behind.iter().map(|arg| (*arg).clone()).collect::<Vec<_>>()) {
        return None;
    }
    behind.iter().find(quoted).map(|arg| arg.at)
}

/// `sh -c npm run x`: the words that are lost.
fn first_word_only(words: &[Arg]) -> Option<Span> {
    let at = words
        .iter()
        .position(|arg| arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.ends_with('c'))?;
    let script = words.get(at + 1)?;
    let lost = words.get(at + 2..).unwrap_or_default();
    let (first, last) = (lost.first()?, lost.last()?);
    let starts = is_ours(&words[at + 1..]) || STARTERS.contains(&script.text.as_str());
    let one_word = !script.text.contains([' ', '$', '\n', ';', '&', '@']);
    // `sh -c 'x' -- args` and `sh -c x _ args` mean it.
    let meant = matches!(first.text.as_str(), "--" | "_" | "sh" | "bash") || first.text.contains('$');
    (one_word && starts && !meant).then(|| first.at.to(last.at))
}

/// What spoils a list of words that no shell reads; `whole` where nothing else stands before it.
pub(super) fn unread_by_a_shell(
    words: &[(Text, Span)],
    runs: &[Run],
    unit: usize,
    whole: bool,
    found: &mut Vec<Spoilt>,
) {
    let Some(cause) = words.iter().map(|(_, at)| *at).reduce(Span::to) else { return };
    let args: Vec<_> =
        words.iter().map(|(text, at)| Arg { text: text.text.clone(), at: *at, ..Arg::default() }).collect();
    let shell = args
        .iter()
        .take(4)
        .any(|arg| matches!(arg.text.rsplit('/').next().unwrap_or_default(), "sh" | "bash" | "ash" | "zsh"));
    let ours = is_ours(&args) || runs.iter().any(|run| PROGRAMS.contains(&run.name.as_str()));
    let tool = runs.last().map_or_else(String::new, |run| run.name.clone());
    if !shell
        && ours
        && let Some(operator) = args.iter().find(|arg| matches!(arg.text.as_str(), "&&" | "||" | ";" | "|"))
    {
        found.push(Spoilt { how: Spoiling::OperatorAsArgument, tool: tool.clone(), at: operator.at, cause, unit });
    }
    if let Some(first) = args.first().filter(|_| whole)
        && !shell
        && first.text.contains(' ')
        && is_ours(
            &first
                .text
                .split_whitespace()
                .map(|word| Arg { text: word.to_owned(), ..Arg::default() })
                .collect::<Vec<_>>(),
        )
    {
        let tool = first.text.split_whitespace().next().unwrap_or_default().to_owned();
        found.push(Spoilt { how: Spoiling::OneWord, tool, at: first.at, cause, unit });
    }
}

/// What spoils a text that is split at its blanks without a shell, as compose does it.
pub(super) fn split_without_a_shell(text: &Text, runs: &[Run], unit: usize, cause: Span, found: &mut Vec<Spoilt>) {
    let script = super::shell::read(&text.text);
    let [first, second, ..] = script.commands.as_slice() else { return };
    let started = first
        .words
        .iter()
        .take(4)
        .any(|word| matches!(word.text.rsplit('/').next().unwrap_or_default(), "sh" | "bash" | "ash"));
    let ours = runs.iter().any(|run| PROGRAMS.contains(&run.name.as_str()));
    let between = Span::new(first.at.end, second.at.start);
    let operator = text.text.get(between.range()).unwrap_or_default();
    let trimmed = operator.trim();
    if started || !ours || !matches!(trimmed, "&&" | "||" | ";" | "|") {
        return;
    }
    let start = between.start + (operator.len() - operator.trim_start().len()) as u32;
    let at = text.place(Span::new(start, start + trimmed.len() as u32));
    let tool = runs.first().map_or_else(String::new, |run| run.name.clone());
    found.push(Spoilt { how: Spoiling::OperatorAsArgument, tool, at, cause, unit });
}
