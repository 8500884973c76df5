//! What a branch did to the order of migrations and to those that were there.

use super::*;

/// A goose project on `main` with two migrations.
fn goose() -> Work {
    let work = Work::new();
    work.git("init -q -b main");
    work.write("db/00001_orders.sql", "-- +goose Up\nCREATE TABLE orders (id bigint PRIMARY KEY);\n");
    work.write("db/00003_users.sql", "-- +goose Up\nCREATE TABLE users (id bigint PRIMARY KEY);\n");
    work.commit("first");
    work.git("checkout -q -b feature");
    work
}

#[test]
fn a_migration_that_comes_late_is_told_also_after_a_merge() {
    let work = goose();
    work.write("db/00002_late.sql", "-- +goose Up\nCREATE TABLE late (id bigint PRIMARY KEY);\n");
    work.commit("late");
    assert_eq!(work.found("--since main db"), ["db/00002_late.sql out-of-order-migration"]);
    work.git("mv db/00002_late.sql db/00004_mine.sql");
    work.commit("renamed");
    assert_eq!(work.found("--since main db"), NONE);
    // Meanwhile somebody else took the number, or a later one.
    work.git("checkout -q main");
    work.write("db/00004_theirs.sql", "-- +goose Up\nCREATE TABLE theirs (id bigint PRIMARY KEY);\n");
    work.commit("theirs");
    work.git("checkout -q feature");
    assert_eq!(work.found("--since main db"), ["db/00004_mine.sql taken-version"]);
    work.git("merge -q -m merge main");
    let found = work.found("--since main db");
    assert!(found.contains(&"db/00004_mine.sql taken-version".to_owned()), "{found:?}");
    work.git("checkout -q main");
    work.write("db/00005_theirs.sql", "-- +goose Up\nCREATE TABLE more (id bigint PRIMARY KEY);\n");
    work.commit("more");
    work.git("checkout -q feature");
    let found = work.found("--since main db");
    assert!(found.contains(&"db/00004_mine.sql out-of-order-migration".to_owned()), "{found:?}");
    // Without a base nothing is known of other branches.
    assert!(work.found("db").iter().all(|found| !found.ends_with("out-of-order-migration")));
}

#[test]
fn what_was_merged_stays_as_it_is() {
    let work = goose();
    let text = "-- +goose Up\nCREATE TABLE users (id bigint PRIMARY KEY, name text);\n";
    work.write("db/00003_users.sql", text);
    assert_eq!(work.found("--since main db"), ["db/00003_users.sql unseen-edit"]);
    let commented = "-- +goose Up\n-- People.\nCREATE TABLE users (\n  id bigint PRIMARY KEY);\n";
    work.write("db/00003_users.sql", commented);
    assert_eq!(work.found("--since main db"), NONE);
    work.git("checkout -q .");
    work.git("mv db/00003_users.sql db/00004_users.sql");
    assert_eq!(work.found("--since main db"), ["db/00004_users.sql renamed-migration"]);
    work.git("reset -q --hard");
    work.git("rm -q db/00001_orders.sql");
    let (findings, ..) = work.check("--since main db");
    assert!(findings.iter().any(|line| line.contains("[deleted-migration]")), "{findings:?}");
}

#[test]
fn where_files_have_checksums_a_comment_is_an_edit() {
    let work = Work::new();
    work.git("init -q -b main");
    work.write("db/V1__orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n");
    work.write("db/V2__users.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n");
    work.write("flyway.toml", "[flyway]\nlocations = [\"filesystem:db\"]\n");
    work.commit("first");
    work.write("db/V2__users.sql", "-- People.\nCREATE TABLE users (id bigint PRIMARY KEY);\n");
    assert_eq!(work.found("--changed db"), ["db/V2__users.sql edited-migration"]);
}

#[test]
fn names_alone_tell_what_never_runs_and_what_has_no_way_back() {
    let work = Work::new();
    for version in 1..4 {
        work.write(&format!("db/{version}_a.up.sql"), &format!("CREATE TABLE t{version} (id bigint PRIMARY KEY);\n"));
        work.write(&format!("db/{version}_a.down.sql"), &format!("DROP TABLE t{version};\n"));
    }
    work.write("go.mod", "module shop\n\nrequire github.com/golang-migrate/migrate/v4 v4.17.0\n");
    assert_eq!(work.found("db"), NONE);
    fs::remove_file(work.path().join("db/2_a.down.sql")).unwrap();
    assert_eq!(work.found("db"), ["db/2_a.up.sql missing-down-file"]);
    work.write("db/4_b.sql", "SELECT 1;\n");
    let found = work.found("db");
    assert!(found.contains(&"db/4_b.sql ignored-file".to_owned()), "{found:?}");
}
