//! Findings that are accepted.

use super::*;

fn accept(work: &Work, arguments: &str) -> String {
    let output = shipworthy(work.path(), &format!("baseline {arguments}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_accepted_is_told_no_more_and_what_is_new_is() {
    let work = Work::with_orders();
    work.write("db/0002_index.sql", INDEX_ON_ORDERS);
    assert!(accept(&work, "db").starts_with("shipworthy-baseline.txt: "));
    let (findings, told, status) = work.check("db");
    assert_eq!((findings.len(), status), (0, 0));
    assert!(told.contains("accepted by the baseline"), "{told}");
    // Lines move, and the statement is formatted anew.
    work.write("db/0002_index.sql", "SELECT 1;\n\n\nCREATE INDEX   orders_note\n  ON orders (note);\n");
    assert_eq!(work.check("db").0, NONE);
    // From another folder the same files are meant.
    work.write("shipworthy.toml", "");
    assert_eq!(work.check_in(&work.path().join("db"), ".").0, NONE);
    work.write("db/0003_drop.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    assert_eq!(work.found("db"), ["db/0003_drop.sql dropped-column"]);
    assert!(!work.check("db --no-baseline").0.is_empty());
}

#[test]
fn what_is_gone_is_said_to_be_and_taken_out() {
    let work = Work::with_orders();
    work.write("db/0002_index.sql", INDEX_ON_ORDERS);
    work.write("old/0001_index.sql", "DROP TABLE other;\n");
    accept(&work, "db old");
    work.write("db/0002_index.sql", "SELECT 1;\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 0);
    assert!(told.contains("no longer found: blocking-index-build in db/0002_index.sql;"), "{told}");
    // Of the other folder nothing was asked: its lines stay.
    accept(&work, "db");
    assert_eq!(work.check("old").0, NONE);
    let text = fs::read_to_string(work.path().join("shipworthy-baseline.txt")).unwrap();
    assert!(!text.contains("blocking-index-build") && text.contains("dropped-table old/0001_index.sql"), "{text}");
    fs::remove_dir_all(work.path().join("old")).unwrap();
    accept(&work, "db");
    let text = fs::read_to_string(work.path().join("shipworthy-baseline.txt")).unwrap();
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 0);
}

#[test]
fn what_two_branches_accept_is_accepted_when_they_have_merged() {
    let work = Work::with_orders();
    accept(&work, "db");
    work.commit("none");
    for (branch, file, key) in [("one", "db/0002_a.sql", "note"), ("two", "db/0003_b.sql", "lower(note)")] {
        work.git(&format!("checkout -q -b {branch} main"));
        work.write(file, &format!("CREATE INDEX {branch} ON orders ({key});\n"));
        accept(&work, "db");
        work.commit(branch);
    }
    // Both added a line at one place: whoever merges keeps both, in whatever order.
    if !git(work.path(), "merge -q -m merge one").status.success() {
        assert!(work.check("db").1.contains("is a mark of a merge conflict"));
        let path = work.path().join("shipworthy-baseline.txt");
        let text = fs::read_to_string(&path).unwrap();
        let is_mark = |line: &&str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
        let lines: Vec<_> = text.lines().filter(|line| !is_mark(line)).rev().collect();
        fs::write(&path, lines.join("\n")).unwrap();
    }
    let told = work.check("db");
    assert_eq!((told.0, told.2), (Vec::new(), 0), "{}", told.1);
    let merged = |work: &Work| fs::read_to_string(work.path().join("shipworthy-baseline.txt")).unwrap();
    accept(&work, "db");
    let once = merged(&work);
    accept(&work, "db");
    assert_eq!(merged(&work), once, "it is stable");
    assert_eq!(once.lines().filter(|line| line.contains("blocking-index-build")).count(), 2, "{once}");
}

#[test]
fn a_broken_or_missing_baseline_is_told() {
    let work = Work::with_orders();
    work.write("shipworthy-baseline.txt", "<<<<<<< HEAD\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 2);
    assert!(told.contains("shipworthy-baseline.txt: line 1 is a mark of a merge conflict"), "{told}");
    work.write("shipworthy-baseline.txt", "blocking-index-build db/0002_index.sql\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 2);
    assert!(told.contains("shipworthy-baseline.txt: line 1 is no"), "{told}");
    work.write("shipworthy.toml", "baseline = \"accepted.txt\"\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 2);
    assert!(told.contains("accepted.txt: there is no such baseline"), "{told}");
    accept(&work, "db");
    assert_eq!(work.check("db").2, 0);
}
