//! Comments that allow findings.

use super::*;

#[test]
fn an_expired_comment_silences_nothing_and_says_so() {
    let work = Work::with_orders();
    let write = |day: &str| {
        let comment = format!("-- shipworthy: allow blocking-index-build until {day} the table is small\n");
        work.write("db/0002_index.sql", &format!("{comment}{INDEX_ON_ORDERS}"));
    };
    write("9999-12-31");
    assert_eq!(work.found("db"), NONE);
    write("2026-01-31");
    assert_eq!(work.found("db"), ["db/0002_index.sql expired-allow", "db/0002_index.sql blocking-index-build"]);
}

#[test]
fn what_other_linters_were_told_counts() {
    let work = Work::with_orders();
    let index = "CREATE INDEX orders_note ON orders (note);";
    let squawk = "-- squawk-ignore require-concurrent-index-creation";
    work.write("db/0002_index.sql", &format!("{squawk}\n{index}\nDROP TABLE orders;\n"));
    assert_eq!(work.found("db"), ["db/0002_index.sql dropped-table"]);
    assert!(work.check("db").1.contains("1 finding is allowed by a comment"));
    // It is another tool's comment: what it does not silence is not ours to report.
    work.write("db/0002_index.sql", &format!("-- squawk-ignore ban-drop-column, no-such-rule\n{index}\n"));
    assert_eq!(work.found("db"), ["db/0002_index.sql blocking-index-build"]);
}

#[test]
fn a_reason_can_be_required() {
    let work = Work::with_orders();
    work.write("db/0002_index.sql", &format!("-- shipworthy: allow blocking-index-build\n{INDEX_ON_ORDERS}"));
    assert_eq!(work.found("db"), NONE);
    assert_eq!(work.found("db --require-reasons"), ["db/0002_index.sql unexplained-allow"]);
    work.write("shipworthy.toml", "require-reasons = true\n");
    assert_eq!(work.found("db"), ["db/0002_index.sql unexplained-allow"]);
}
