//! Files that list the migrations: checksums, journals, plans.

use super::*;
use sha2::{Digest, Sha256};

/// What `atlas migrate hash` writes.
fn atlas_sum(files: &[(&str, &str)]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (mut sha, mut total, mut lines) = (Sha256::new(), Sha256::new(), String::new());
    for (name, text) in files {
        sha.update(name);
        sha.update(text);
        let sum = STANDARD.encode(sha.clone().finalize());
        total.update(name);
        total.update(&sum);
        lines += &format!("{name} h1:{sum}\n");
    }
    format!("h1:{}\n{lines}", STANDARD.encode(total.finalize()))
}

#[test]
fn atlas_compares_checksums_before_it_runs_anything() {
    let work = Work::new();
    let files =
        [("1_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n"), ("2_b.sql", "CREATE TABLE b (id int PRIMARY KEY);\n")];
    files.iter().for_each(|(name, text)| drop(work.write(&format!("db/{name}"), text)));
    work.write("db/atlas.sum", &atlas_sum(&files));
    assert_eq!(work.found("db"), NONE);
    work.write("db/3_c.sql", "CREATE TABLE c (id int PRIMARY KEY);\n");
    assert_eq!(work.found("db"), ["db/3_c.sql refused-by-tool"]);
    // Even a comment.
    work.write("db/1_a.sql", &format!("-- a\n{}", files[0].1));
    assert_eq!(work.found("db"), ["db/1_a.sql refused-by-tool"]);
    assert!(work.check("db").0[0].contains("atlas.sum has another checksum for this file"));
    fs::remove_file(work.path().join("db/1_a.sql")).unwrap();
    assert!(work.check("db").0[0].contains("atlas.sum lists `1_a.sql` before this file, which is not there"));
    // With the branch's new file alone, that one is judged.
    work.write("db/1_a.sql", files[0].1);
    fs::remove_file(work.path().join("db/3_c.sql")).unwrap();
    work.git("init -q -b main");
    work.commit("all");
    work.git("checkout -q -b feature");
    work.write("db/3_c.sql", "CREATE TABLE c (id int PRIMARY KEY);\n");
    assert_eq!(work.found("--since main db"), ["db/3_c.sql refused-by-tool"]);
}

#[test]
fn drizzles_journal_has_to_hold_the_files_in_the_order_of_their_times() {
    let work = Work::new();
    let entry = |at: usize, when: u64| format!(r#"{{"idx": {at}, "when": {when}, "tag": "000{at}_t"}}"#);
    let journal = |whens: &[u64]| {
        let entries: Vec<_> = whens.iter().enumerate().map(|(at, when)| entry(at, *when)).collect();
        let text = format!(r#"{{"dialect": "postgresql", "entries": [{}]}}"#, entries.join(", "));
        work.write("drizzle/meta/_journal.json", &text);
    };
    for at in 0..3 {
        work.write(&format!("drizzle/000{at}_t.sql"), &format!("CREATE TABLE t{at} (id int PRIMARY KEY);\n"));
    }
    journal(&[10, 20, 30]);
    assert_eq!(work.found("drizzle"), NONE);
    journal(&[10, 30, 20]);
    assert_eq!(work.found("drizzle"), ["drizzle/0002_t.sql not-run"]);
    assert!(work.check("drizzle").0[0].contains("where `0001_t` has run, Drizzle passes over this file"));
    journal(&[10, 20, 30, 40]);
    assert_eq!(work.found("drizzle"), ["drizzle/0002_t.sql refused-by-tool"]);
    assert!(work.check("drizzle").0[0].contains("_journal.json lists `0003_t.sql` behind this file"));
}

#[test]
fn sqitchs_plan_has_to_have_its_scripts() {
    let work = Work::new();
    let plan = |changes: &[&str]| {
        let lines: String = changes.iter().map(|name| format!("{name} 2024-01-01T00:00:00Z A <a@b> # x\n")).collect();
        work.write("sqitch.plan", &format!("%syntax-version=1.0.0\n%project=shop\n\n{lines}"));
    };
    work.write("deploy/users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n");
    plan(&["users"]);
    assert_eq!(work.found("."), NONE);
    plan(&["roles", "users"]);
    assert_eq!(work.found("."), ["deploy/users.sql refused-by-tool"]);
    plan(&["users", "orders"]);
    assert!(work.check(".").0[0].contains("a change behind this one whose `deploy/orders.sql` is not there"));
}

#[test]
fn what_the_branch_brings_about_at_an_old_file_is_told_and_what_was_so_before_is_not() {
    let journal = |work: &Work, tags: &[&str]| {
        let entry = |(at, tag): (usize, &&str)| format!(r#"{{"idx": {at}, "when": {}, "tag": "{tag}"}}"#, at * 10);
        let entries: Vec<_> = tags.iter().enumerate().map(entry).collect();
        let text = format!(r#"{{"dialect": "postgresql", "entries": [{}]}}"#, entries.join(", "));
        work.write("drizzle/meta/_journal.json", &text);
    };
    let work = Work::new();
    work.git("init -q -b main");
    for tag in ["0000_a", "0001_b"] {
        work.write(&format!("drizzle/{tag}.sql"), &format!("CREATE TABLE t{tag} (id int PRIMARY KEY);\n"));
    }
    journal(&work, &["0000_a", "0001_b"]);
    work.commit("first");
    work.git("checkout -q -b feature");
    // An entry whose file was forgotten: there is no file of the branch's at which it could be told.
    journal(&work, &["0000_a", "0001_b", "0002_c"]);
    let old = ["drizzle/0001_b.sql refused-by-tool"];
    assert_eq!(work.found("--since main"), old);
    assert_eq!(work.found("--changed"), old);
    assert_eq!(work.found("--staged"), NONE);
    work.git("add -A");
    assert_eq!(work.found("--staged"), old);
    work.commit("forgotten");
    assert_eq!(work.found("--since main drizzle"), old);
    assert_eq!(work.found("--changed"), NONE, "that was in the last commit already");
    // Who comes later has nothing to do with it.
    work.git("checkout -q -b later");
    work.write("drizzle/0003_d.sql", "CREATE TABLE d (id int PRIMARY KEY);\n");
    assert_eq!(work.found("--since feature"), NONE);
    // A file that goes without its entry.
    work.git("checkout -q main");
    work.git("clean -qfd");
    work.git("checkout -q -b without");
    work.git("rm -q drizzle/0000_a.sql");
    let found = work.found("--since main");
    assert!(found.contains(&"drizzle/0001_b.sql refused-by-tool".to_owned()), "{found:?}");
    assert!(found.contains(&"drizzle/0000_a.sql deleted-migration".to_owned()), "{found:?}");
}

#[test]
fn a_sum_or_plan_that_the_branch_changed_is_held_against_the_old_files() {
    let files =
        [("1_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n"), ("2_b.sql", "SELECT 1;\n"), ("3_c.sql", "SELECT 2;\n")];
    let work = Work::new();
    work.git("init -q -b main");
    files[..2].iter().for_each(|(name, text)| drop(work.write(&format!("db/{name}"), text)));
    work.write("db/atlas.sum", &atlas_sum(&files[..2]));
    work.commit("first");
    work.git("checkout -q -b feature");
    work.write("db/atlas.sum", &atlas_sum(&files));
    assert_eq!(work.found("--since main db"), ["db/2_b.sql refused-by-tool"]);
    work.write("db/3_c.sql", files[2].1);
    assert_eq!(work.found("--since main db"), NONE);
    work.commit("both");
    work.git("rm -q db/1_a.sql");
    let found = work.found("--since main db");
    assert!(found.contains(&"db/2_b.sql refused-by-tool".to_owned()), "{found:?}");

    let work = Work::new();
    work.git("init -q -b main");
    let plan = |changes: &[&str]| {
        let lines: String = changes.iter().map(|name| format!("{name} 2024-01-01T00:00:00Z A <a@b> # x\n")).collect();
        work.write("sqitch.plan", &format!("%syntax-version=1.0.0\n%project=shop\n\n{lines}"));
    };
    work.write("deploy/users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n");
    plan(&["users"]);
    work.commit("first");
    plan(&["users", "orders"]);
    assert_eq!(work.found("--since main"), ["deploy/users.sql refused-by-tool"]);
    work.write("deploy/orders.sql", "CREATE TABLE orders (id int PRIMARY KEY);\n");
    assert_eq!(work.found("--since main"), NONE);
}
