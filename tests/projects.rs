//! Whole projects, as a person would check them; and what README.md says about it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What the program prints, run in a folder below the repository's, and its exit status.
fn run(folder: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(root().join(folder)).args(arguments).stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn findings(project: &str) -> String {
    let (text, status) =
        run("fixtures/projects", &["check", "--postgres", "17", "--output-format", "concise", project]);
    assert_eq!(status, Some(1), "{text}");
    text
}

#[test]
fn supabase_shop() {
    insta::assert_snapshot!(findings("supabase-shop"));
}

#[test]
fn prisma_blog() {
    insta::assert_snapshot!(findings("prisma-blog"));
}

/// Whatever the rules come to say: these are written as they should be, and nothing is to be said about them.
#[test]
fn what_is_done_well_is_not_spoken_of() {
    let text = findings("supabase-shop") + &findings("prisma-blog");
    for well_done in [
        "_profiles.sql",
        "_catalogue.sql",
        "_order_items.sql",
        "_order_totals.sql",
        "_index_order_items_by_product.sql",
        "_index_orders_by_coupon.sql",
        "_gift_recipient.sql",
        "_gift_recipient_referenced.sql",
        "_gift_recipient_checked.sql",
        "_index_comment_post/migration.sql",
        "_roles/migration.sql",
        "_slug_is_needed/migration.sql",
        "_slug_is_checked/migration.sql",
        "_slug_is_not_null/migration.sql",
    ] {
        let about: Vec<_> = text.lines().filter(|line| line.contains(well_done)).collect();
        assert!(about.is_empty(), "{about:#?}");
    }
}

/// The same project, checked from inside one of its folders: the history is found, and only what was asked for is judged.
#[test]
fn a_single_file_is_judged_by_its_history() {
    let folder = "fixtures/projects/prisma-blog/prisma/migrations/20240619100000_slug_is_not_null";
    assert_eq!(run(folder, &["check", "--postgres", "17", "--output-format", "concise", "migration.sql"]).0, "");
    let (alone, _) =
        run(folder, &["check", "--postgres", "17", "--output-format", "concise", "--no-siblings", "migration.sql"]);
    assert!(alone.contains("[unproven-not-null]"), "without its history nothing proves it: {alone}");
}

/// README.md shows a run: a `console` block whose first line is the command. `UPDATE=1` writes what the program says today.
#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut shown = 0;
    let mut written = String::new();
    let mut rest = readme.as_str();
    while let Some((before, block)) = rest.split_once("```console\n") {
        let (block, after) = block.split_once("\n```").expect("the block ends");
        let (command, _) = block.split_once('\n').unwrap_or((block, ""));
        let words: Vec<_> = command.strip_prefix("$ shipworthy ").expect(command).split_whitespace().collect();
        let output = without_time(&run("", &words).0);
        written += &format!("{before}```console\n{command}\n{}\n```", output.trim_end());
        rest = after;
        shown += 1;
    }
    written += rest;
    assert!(shown > 0, "README.md has no console block");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, written).unwrap();
    } else {
        assert!(
            written == readme,
            "README.md is out of date; UPDATE=1 cargo test --test projects writes it:\n{written}"
        );
    }
}

/// How long it took is different every time: `(1 statement, 12 ms)`.
fn without_time(output: &str) -> String {
    let is_time = |text: &str| text.ends_with(" ms)") || text.ends_with(" s)");
    let line = |line: &str| match (line.rsplit_once(", "), line.rsplit_once(" (")) {
        (Some((kept, time)), _) if is_time(time) => format!("{kept})"),
        (_, Some((kept, time))) if is_time(time) => kept.to_owned(),
        _ => line.to_owned(),
    };
    output.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The files that README.md links to are there.
#[test]
fn the_readme_points_to_what_there_is() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let links: Vec<_> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!links.is_empty());
    for link in links.iter().filter(|link| !link.starts_with("http")) {
        assert!(root().join(link).exists(), "README.md links to {link}");
    }
}
