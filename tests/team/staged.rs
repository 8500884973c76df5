//! Only what is staged or changed.

use super::*;

#[test]
fn what_is_staged_is_judged_as_it_is_staged() {
    let work = Work::with_orders();
    work.write("db/0002_a.sql", INDEX_ON_ORDERS);
    work.git("add db/0002_a.sql");
    work.write("db/0002_a.sql", "-- emptied, but not staged\n");
    work.write("db/0003_b.sql", "TRUNCATE orders;\n");
    assert_eq!(work.found("--staged db"), ["db/0002_a.sql blocking-index-build"]);
    assert!(work.found("--changed db").iter().all(|found| found.starts_with("db/0003_b.sql")));
}

#[test]
fn the_first_commit_has_nothing_before_it() {
    let work = Work::new();
    work.git("init -q -b main");
    work.write("db/0001_a.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    work.git("add -A");
    assert_eq!(work.found("--staged db"), ["db/0001_a.sql dropped-column"]);
}

#[test]
fn with_since_the_whole_branch_is_the_deployment() {
    let work = Work::with_orders();
    work.git("checkout -q -b feature");
    work.write("db/0002_lines.sql", "CREATE TABLE lines (id bigint PRIMARY KEY, note text);\n");
    work.commit("lines");
    work.write("db/0003_index.sql", "CREATE INDEX lines_note ON lines (note);\n");
    work.git("add -A");
    assert_eq!(work.found("--staged db"), ["db/0003_index.sql blocking-index-build"]);
    assert_eq!(work.found("--staged --since main db"), NONE);
}
