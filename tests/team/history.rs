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
fn a_new_name_that_the_tool_passes_over_takes_the_migration_away() {
    let work = Work::new();
    work.git("init -q -b main");
    work.write("supabase/config.toml", "project_id = \"shop\"\n");
    let old = "supabase/migrations/20260101000000_orders.sql";
    work.write(old, "CREATE TABLE orders (id bigint PRIMARY KEY);\n");
    work.write("supabase/migrations/20260102000000_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n");
    work.commit("first");
    work.git("checkout -q -b feature");
    let new = "supabase/migrations/20260101000000-orders.sql";
    work.git(&format!("mv {old} {new}"));
    let mut found = work.found("--since main");
    found.retain(|found| found.starts_with("supabase/migrations/20260101"));
    found.sort();
    assert_eq!(found, [format!("{new} ignored-file"), format!("{old} deleted-migration")]);
    assert_eq!(work.found("--changed"), work.found("--since main"));
    work.git(&format!("mv {new} supabase/migrations/20260103000000_orders.sql"));
    let (findings, ..) = work.check("--since main");
    assert!(
        findings[0].ends_with(
            "this was `20260101000000_orders.sql`: the Supabase CLI refuses to run where it has run under that name"
        ),
        "{findings:?}"
    );
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

#[test]
fn a_version_that_stands_twice_and_a_gap_are_told_of_what_the_branch_added_or_took() {
    let work = goose();
    work.write("db/00001_again.sql", "-- +goose Up\nCREATE TABLE again (id bigint PRIMARY KEY);\n");
    // The one that stands behind is the old one, and the branch has brought its double.
    let found = work.found("--since main db");
    assert!(found.contains(&"db/00001_orders.sql refused-by-tool".to_owned()), "{found:?}");
    work.commit("again");
    assert_eq!(work.found("--changed db"), NONE);

    let work = Work::new();
    work.git("init -q -b main");
    work.write("go.mod", "module shop\n\nrequire github.com/jackc/tern/v2 v2.1.0\n");
    work.write("db/tern.conf", "[database]\n");
    for number in 1..3 {
        work.write(&format!("db/00{number}_a.sql"), &format!("CREATE TABLE t{number} (id int PRIMARY KEY);\n"));
    }
    work.commit("first");
    assert_eq!(work.found("db"), NONE);
    work.write("db/004_gap.sql", "CREATE TABLE gap (id int PRIMARY KEY);\n");
    assert_eq!(work.found("--since main db"), ["db/004_gap.sql refused-by-tool"]);
}

#[test]
fn the_tenth_migration_of_a_tool_that_sorts_texts_is_told() {
    let work = Work::new();
    work.git("init -q -b main");
    for number in 1..10 {
        work.write(&format!("db/{number}_a.sql"), &format!("CREATE TABLE t{number} (id int PRIMARY KEY);\n"));
    }
    work.write("shipworthy.toml", "tool = \"atlas\"\n");
    work.commit("first");
    assert_eq!(work.found("db"), NONE);
    work.git("checkout -q -b feature");
    work.write("db/10_b.sql", "ALTER TABLE t1 ADD COLUMN a int;\n");
    let found = work.found("--since main db");
    assert!(found.contains(&"db/10_b.sql text-order".to_owned()), "{found:?}");
}

#[test]
fn renaming_the_folder_renames_no_migration() {
    let work = goose();
    work.git("mv db migrations");
    work.commit("moved");
    assert_eq!(work.found("--since main"), NONE);
    work.write("migrations/00004_note.sql", "-- +goose Up\nALTER TABLE orders ADD COLUMN note text;\n");
    assert_eq!(work.found("--since main"), NONE);
    // Without git, and without a base, names are all there is.
    work.git("mv migrations/00003_users.sql migrations/00005_users.sql");
    assert_eq!(work.found("--since main"), ["migrations/00005_users.sql renamed-migration"]);
    assert_eq!(work.found("migrations"), NONE);
}

#[test]
fn each_way_of_saying_what_is_new_tells_what_was_done_to_the_old() {
    let work = goose();
    let edited = "-- +goose Up\nCREATE TABLE users (id bigint PRIMARY KEY, name text);\n";
    work.write("db/00003_users.sql", edited);
    let told = ["db/00003_users.sql unseen-edit"];
    assert_eq!(work.found("--changed db"), told);
    assert_eq!(work.found("--staged db"), NONE);
    work.git("add -A");
    assert_eq!(work.found("--staged db"), told);
    assert_eq!(work.found("--staged --since main db"), told);
    assert_eq!(work.found("--after 2 db"), NONE, "no base is known");
    work.commit("edited");
    assert_eq!(work.found("--changed db"), NONE);
    assert_eq!(work.found("--since main db"), told);
    // In another worktree, and in a submodule.
    let other = tempfile::tempdir().unwrap();
    let tree = other.path().join("tree");
    work.git("checkout -q main");
    work.git(&format!("worktree add -q {} feature", tree.display()));
    let (findings, ..) = work.check_in(&tree, "--since main db");
    assert!(findings.iter().any(|line| line.contains("[unseen-edit]")), "{findings:?}");
    let outer = Work::new();
    outer.git("init -q -b main");
    outer.git(&format!("submodule add -q -b feature file://{} lib", work.path().display()));
    outer.commit("lib");
    assert_eq!(outer.found("--since origin/main lib/db"), ["lib/db/00003_users.sql unseen-edit"]);
}
