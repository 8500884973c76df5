//! Two branches that changed the same object.

use super::*;

const ALL: &str = "CREATE TABLE orders (id bigint PRIMARY KEY, note text, total numeric);\n\
    CREATE FUNCTION net(price numeric) RETURNS numeric LANGUAGE sql AS 'SELECT price';\n\
    CREATE VIEW open_orders AS SELECT id FROM orders;\n";
const TIMEOUT: &str = "SET lock_timeout = '2s';\n";

/// A repository whose branch `feature` has `mine`, and whose branch `main` has got `theirs` meanwhile.
fn parted(mine: &str, theirs: &str) -> Work {
    let work = Work::new();
    work.git("init -q -b main");
    work.write("db/0001_all.sql", ALL);
    work.commit("all");
    work.git("checkout -q -b feature");
    work.write("db/0003_mine.sql", &format!("{TIMEOUT}{mine}"));
    work.commit("mine");
    work.git("checkout -q main");
    work.write("db/0002_theirs.sql", &format!("{TIMEOUT}{theirs}"));
    work.commit("Theirs");
    work.git("checkout -q feature");
    work
}

/// What is said of the clash, without its place.
fn said(work: &Work, arguments: &str) -> Vec<String> {
    let (findings, told, status) = work.check(arguments);
    assert!(status < 2, "{told}");
    let clashes = findings.iter().filter_map(|line| line.split_once("warning[clashing-change] "));
    clashes.map(|(_, message)| message.to_owned()).collect()
}

#[track_caller]
fn clash(mine: &str, theirs: &str, message: &str) {
    assert_eq!(said(&parted(mine, theirs), "--since main db"), [message], "{mine} / {theirs}");
}

#[track_caller]
fn silent(mine: &str, theirs: &str) {
    assert_eq!(said(&parted(mine, theirs), "--since main db"), NONE, "{mine} / {theirs}");
}

#[test]
fn of_two_that_replace_one_object_the_last_counts() {
    let net = |body: &str| {
        format!("CREATE OR REPLACE FUNCTION net(p numeric) RETURNS numeric LANGUAGE sql AS 'SELECT {body}';\n")
    };
    let undone = |what: &str| format!("`0002_theirs.sql` on main {what}: run behind it, this undoes what it did");
    clash(&net("p * 2"), &net("p * 3"), &undone("replaces function `net`"));
    let anew =
        "DROP FUNCTION IF EXISTS net;\nCREATE FUNCTION net(p numeric) RETURNS text LANGUAGE sql AS 'SELECT 1';\n";
    clash(anew, &net("p * 3"), &undone("replaces function `net`"));
    clash(&net("p * 2"), "ALTER FUNCTION net(numeric) SECURITY DEFINER;\n", &undone("alters function `net`"));
    clash(
        "CREATE OR REPLACE VIEW open_orders AS SELECT id, note FROM orders;\n",
        "CREATE OR REPLACE VIEW public.open_orders AS SELECT id, total FROM orders;\n",
        &undone("replaces view `open_orders`"),
    );
    let policy = |who: &str| {
        format!("DROP POLICY IF EXISTS p ON orders;\nCREATE POLICY p ON orders FOR SELECT USING (note = '{who}');\n")
    };
    clash(&policy("a"), &policy("b"), &undone("replaces policy `orders.p`"));
    // Both say the same, or speak of different things.
    silent(&net("p * 3"), &net("p *\n  3"));
    silent(&net("p * 2"), &net("p * 3").replace("p numeric", "p int"));
    silent(&net("p * 2"), &net("p * 3").replace(" net(", " tax.net("));
    silent(&policy("a"), &policy("b").replace(" p ", " q "));
    silent(&net("p * 2"), "ALTER FUNCTION net(numeric) OWNER TO app;\n");
}

#[test]
fn different_columns_of_one_table_are_everyday_work() {
    silent("ALTER TABLE orders ADD COLUMN a int;\n", "ALTER TABLE orders ADD COLUMN b int;\n");
    silent("CREATE INDEX CONCURRENTLY a ON orders (note);\n", "CREATE INDEX CONCURRENTLY b ON orders (note);\n");
    silent("ALTER TABLE orders ADD COLUMN a int;\n", "CREATE INDEX CONCURRENTLY b ON orders (note);\n");
    silent("ALTER TABLE orders ALTER note SET DEFAULT 'a';\n", "ALTER TABLE orders ALTER total SET DEFAULT 1;\n");
    silent(
        "ALTER TABLE orders ADD CONSTRAINT a CHECK (id > 0);\n",
        "ALTER TABLE orders ADD CONSTRAINT b CHECK (id > 1);\n",
    );
    silent("UPDATE orders SET note = 'a' WHERE id = 1;\n", "ALTER TABLE orders RENAME COLUMN total TO sum;\n");
    silent("CREATE TABLE a (id int PRIMARY KEY);\n", "CREATE TABLE b (id int PRIMARY KEY);\n");
    silent("CREATE EXTENSION IF NOT EXISTS citext;\n", "CREATE EXTENSION IF NOT EXISTS citext;\n");
    silent("GRANT SELECT ON orders TO a;\n", "GRANT SELECT ON orders TO b;\n");
    silent("ALTER TABLE orders ALTER note SET NOT NULL;\n", "ALTER TABLE orders ALTER note SET NOT NULL;\n");
    // What a branch makes for a while, and what is dropped twice with care.
    let helper = "CREATE FUNCTION pg_temp.h() RETURNS int LANGUAGE sql AS 'SELECT 1';\nDROP FUNCTION pg_temp.h();\n";
    silent(helper, helper);
    silent("DROP VIEW IF EXISTS open_orders;\n", "DROP VIEW open_orders;\n");
}

#[test]
fn what_one_branch_needs_the_other_took_away() {
    let fails = |what: &str| format!("`0002_theirs.sql` on main {what}: run behind it, this fails");
    let drop_note = "ALTER TABLE orders DROP COLUMN note;\n";
    clash("ALTER TABLE orders ALTER note SET DEFAULT '';\n", drop_note, &fails("drops column `orders.note`"));
    clash(
        "ALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders RENAME TO sales;\n",
        &fails("renames table `orders`"),
    );
    clash(
        "CREATE INDEX CONCURRENTLY i ON orders (id);\n",
        "DROP TABLE orders CASCADE;\n",
        &fails("drops table `orders`"),
    );
    clash(
        "ALTER TABLE orders ADD COLUMN a int;\n",
        "ALTER TABLE orders ADD COLUMN a text;\n",
        &fails("creates column `orders.a`"),
    );
    clash(
        "CREATE TABLE a (id int PRIMARY KEY);\n",
        "CREATE TABLE a (id bigint PRIMARY KEY);\n",
        &fails("creates table `a`"),
    );
    clash(
        "CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY);\n",
        "CREATE TABLE a (id bigint PRIMARY KEY);\n",
        "`0002_theirs.sql` on main creates table `a`: run behind it, this does nothing",
    );
    clash(
        "ALTER TABLE orders DROP COLUMN total;\n",
        "ALTER TABLE orders ALTER total TYPE numeric(20, 2);\n",
        "`0002_theirs.sql` on main alters column `orders.total`: run behind it, this drops it all the same",
    );
    clash(
        "DROP TABLE orders CASCADE;\n",
        "ALTER TABLE orders ADD COLUMN a int;\nALTER TABLE orders ADD COLUMN b int;\n",
        "`0002_theirs.sql` on main creates column `orders.a`: run behind it, this drops it all the same",
    );
    clash(
        "CREATE OR REPLACE VIEW open_orders AS SELECT id, note FROM orders;\n",
        "DROP VIEW open_orders;\n",
        "`0002_theirs.sql` on main drops view `open_orders`: run behind it, this brings it back",
    );
    clash(
        "ALTER TABLE orders ALTER note SET NOT NULL;\n",
        "ALTER TABLE orders ALTER note DROP DEFAULT;\n",
        "`0002_theirs.sql` on main alters column `orders.note`: nobody has tried the two together",
    );
}

const REPLACE: &str = "CREATE OR REPLACE VIEW open_orders AS SELECT id, note FROM orders;\n";
const REPLACE_TOO: &str = "CREATE OR REPLACE VIEW open_orders AS SELECT id, total FROM orders;\n";

#[test]
fn what_is_said_names_the_file_and_the_commit() {
    let work = parted(REPLACE, REPLACE_TOO);
    let output = shipworthy(work.path(), "check --since main db");
    let full = String::from_utf8(output.stdout).unwrap();
    let commit = work.git("log -1 --format=%h main");
    assert!(full.contains(&format!("it came with {} Theirs", commit.trim())), "{full}");
    assert!(full.contains("merge main, read `db/0002_theirs.sql`"), "{full}");
    assert!(full.contains("╭─[db/0003_mine.sql:2:1]"), "{full}");
    // The comment that it prints silences it.
    let allowed = format!("{TIMEOUT}-- shipworthy: allow clashing-change both were read\n{REPLACE}");
    work.write("db/0003_mine.sql", &allowed);
    assert_eq!(said(&work, "--since main db"), NONE);
}

#[test]
fn what_the_branch_has_merged_is_known_to_it() {
    let work = parted(REPLACE, REPLACE_TOO);
    assert_eq!(said(&work, "--since main db").len(), 1);
    // Without a base nothing is known of other branches, and on it there is no other.
    assert_eq!(said(&work, "db"), NONE);
    assert_eq!(said(&work, "--changed db"), NONE);
    work.git("merge -q -m merge main");
    assert_eq!(said(&work, "--since main db"), NONE);
    work.git("reset -q --hard HEAD~1");
    work.git("rebase -q main");
    assert_eq!(said(&work, "--since main db"), NONE);
}

#[test]
fn the_merge_that_a_ci_system_tries_has_merged_nothing_yet() {
    let work = parted(REPLACE, REPLACE_TOO);
    let main = work.git("rev-parse main");
    work.git("checkout -q --detach main");
    work.git("merge -q --no-ff -m trial feature");
    assert_eq!(said(&work, "--since main db").len(), 1);
    // As a hash a branch has no name.
    let told = said(&work, &format!("--since {} db", main.trim()));
    assert!(told[0].starts_with("`0002_theirs.sql` on the other branch replaces view"), "{told:?}");
    work.git("checkout -q feature");
    work.git("merge -q -m merge main");
    work.git("checkout -q --detach main");
    work.git("merge -q --no-ff -m trial feature");
    assert_eq!(said(&work, "--since main db"), NONE);
}

#[test]
fn a_renamed_file_is_nobodys_change() {
    let work = parted(REPLACE, "SELECT 1;\n");
    work.git("checkout -q main");
    work.git("mv db/0001_all.sql db/0000_all.sql");
    work.commit("renamed");
    work.git("checkout -q feature");
    assert_eq!(said(&work, "--since main db"), NONE);
    // Nor is what both have under one name.
    work.git("checkout -q main");
    work.git("checkout feature -- db/0003_mine.sql");
    work.commit("picked");
    work.git("checkout -q feature");
    assert_eq!(said(&work, "--since main db"), NONE);
}

#[test]
fn a_shallow_clone_cannot_tell() {
    let work = parted(REPLACE, REPLACE_TOO);
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", work.path().display());
    assert!(
        git(clone.path(), &format!("clone -q --depth 1 --no-single-branch --branch feature {url} clone"))
            .status
            .success()
    );
    let folder = clone.path().join("clone");
    let (findings, told, status) = work.check_in(&folder, "--since origin/main db");
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("does not hold the commit at which HEAD and origin/main parted"), "{told}");
    assert!(findings.iter().all(|line| !line.contains("clashing-change")), "{findings:?}");
    assert!(git(&folder, "fetch -q --unshallow").status.success());
    let (findings, ..) = work.check_in(&folder, "--since origin/main db");
    assert_eq!(findings.iter().filter(|line| line.contains("on origin/main replaces view")).count(), 1, "{findings:?}");
}

#[test]
fn what_was_squashed_onto_the_other_branch_is_there() {
    let work = parted("CREATE TABLE lines (id bigint PRIMARY KEY, note text);\n", "SELECT 1;\n");
    work.git("checkout -q main");
    work.git("merge -q --squash feature");
    work.commit("squashed");
    work.git("checkout -q feature");
    let (_, told, _) = work.check("--since main db");
    assert!(told.contains("no migration is new since the merge base with main"), "{told}");
    // The branch goes on: its table is in use by now.
    work.write("db/0004_index.sql", &format!("{TIMEOUT}CREATE INDEX lines_note ON lines (note);\n"));
    work.commit("index");
    assert_eq!(work.found("--since main db"), ["db/0004_index.sql blocking-index-build"]);
    // Who edits it now edits what was merged.
    work.write("db/0003_mine.sql", "-- +goose Up\nCREATE TABLE lines (id int PRIMARY KEY);\n");
    let found = work.found("--since main --tool goose db");
    assert!(found.contains(&"db/0003_mine.sql unseen-edit".to_owned()), "{found:?}");
}
