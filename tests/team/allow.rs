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
fn the_comment_that_a_finding_prints_names_all_that_would_speak_in_its_place() {
    let work = Work::with_orders();
    work.write("shipworthy.toml", "in-transaction = true\n");
    let add = "SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN a int;\n";
    let index = "CREATE INDEX orders_a ON orders (a, note);\n";
    work.write("db/0002_index.sql", &format!("{add}{index}"));
    let full = String::from_utf8(shipworthy(work.path(), "check db").stdout).unwrap();
    let comment = full.lines().find_map(|line| line.trim().strip_prefix("-- shipworthy: allow ")).unwrap();
    assert_eq!(comment, "blocking-index-build, work-under-lock <why>");
    work.write("db/0002_index.sql", &format!("{add}-- shipworthy: allow {comment}\n{index}"));
    assert_eq!(work.check("db").0, NONE);
    // Who names the one alone has not said a word about the other.
    work.write("db/0002_index.sql", &format!("{add}-- shipworthy: allow blocking-index-build why\n{index}"));
    assert_eq!(work.found("db"), ["db/0002_index.sql work-under-lock"]);
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

#[test]
fn each_linters_own_comments_count_for_what_it_could_have_said() {
    let work = Work::with_orders();
    let index = "CREATE INDEX orders_note ON orders (note);\n";
    let silent = [
        format!("-- squawk-ignore-file require-concurrent-index-creation\n\n{index}"),
        format!("-- eugene: ignore E6\n{index}"),
        format!("-- atlas:nolint PG101\n{index}"),
        format!("-- atlas:nolint concurrent_index\n\n{index}"),
        format!("-- pgls-ignore lint/safety/requireConcurrentIndexCreation: it is small\n{index}"),
        format!("-- pgls-ignore lint/safety: it is small\n{index}"),
        format!("-- pgls-ignore-all lint\n\nSELECT 1;\n{index}"),
        format!("-- pgls-ignore-start lint/safety\nSELECT 1;\n{index}-- pgls-ignore-end lint/safety\n"),
    ];
    for text in &silent {
        work.write("db/0002_index.sql", text);
        assert_eq!(work.found("db"), NONE, "{text}");
    }
    work.write("db/0002_index.sql", "SELECT * FROM orders WHERE note = NULL; -- noqa: CV05\n");
    assert_eq!(work.found("db"), NONE);
    let told = [
        format!("-- eugene: ignore E1\n{index}"),
        format!("-- atlas:nolint DS102\n{index}"),
        format!("-- pgls-ignore-start lint/safety\nSELECT 1;\n-- pgls-ignore-end lint/safety\n{index}"),
        format!("SELECT 1; -- noqa\n{index}"),
    ];
    for text in &told {
        work.write("db/0002_index.sql", text);
        assert_eq!(work.found("db"), ["db/0002_index.sql blocking-index-build"], "{text}");
    }
}

#[test]
fn a_wrong_name_is_an_error_with_the_nearest_and_an_idle_comment_a_warning() {
    let work = Work::with_orders();
    work.write(
        "db/0002_index.sql",
        &format!("-- shipworthy: allow blocking-index-bild it is small\n{INDEX_ON_ORDERS}"),
    );
    let (findings, _, status) = work.check("db");
    assert_eq!(findings[0], "db/0002_index.sql:1:22: error[broken-allow] this allow names a rule that does not exist");
    assert_eq!(status, 1);
    let full = String::from_utf8(shipworthy(work.path(), "check db").stdout).unwrap();
    assert!(full.contains("help: did you mean `blocking-index-build`?"), "{full}");
    work.write("db/0002_index.sql", "-- shipworthy: allow dropped-table, blocking-index-drop nothing\nSELECT 1;\n");
    let (findings, _, status) = work.check("db");
    let unused = |column: u8, rule: &str| {
        format!("db/0002_index.sql:1:{column}: warning[unused-allow] this allow of {rule} silences nothing")
    };
    assert_eq!((findings, status), (vec![unused(22, "dropped-table"), unused(37, "blocking-index-drop")], 0));
}
