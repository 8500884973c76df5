//! A team's day with the built program: only what is new, on git repositories that the tests build, and the configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder that is a git repository once [`Work::git`] made it one.
struct Work {
    folder: TempDir,
}

impl Work {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A repository whose branch `main` has one migration: `orders`, with rows.
    fn with_orders() -> Self {
        let work = Self::new();
        work.git("init -q -b main");
        work.write("db/0001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
        work.commit("orders");
        work
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn git(&self, arguments: &str) -> String {
        let output = git(self.path(), arguments);
        assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git("add -A");
        self.git(&format!("commit -q -m {message}"));
    }

    /// `shipworthy ... --output-format concise`: the findings, then what is told beside them, then the exit status.
    fn check(&self, arguments: &str) -> (Vec<String>, String, i32) {
        self.check_in(self.path(), arguments)
    }

    fn check_in(&self, folder: &Path, arguments: &str) -> (Vec<String>, String, i32) {
        let output = shipworthy(folder, &format!("check --output-format concise {arguments}"));
        let findings = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        (findings, String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
    }

    /// The rules that speak, each with its file.
    fn found(&self, arguments: &str) -> Vec<String> {
        let (findings, told, status) = self.check(arguments);
        assert!(status < 2, "{told}");
        let short = |line: &String| {
            let (place, rest) = line.split_once(": ").unwrap();
            let rule = rest.split_once('[').unwrap().1.split_once(']').unwrap().0;
            format!("{} {rule}", place.split(':').next().unwrap())
        };
        findings.iter().map(short).filter(|found| !found.ends_with("missing-lock-timeout")).collect()
    }
}

fn git(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]);
    command.args(arguments.split(' ')).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().unwrap()
}

fn shipworthy(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(folder).args(arguments.split_whitespace()).env_remove("CLICOLOR_FORCE").output().unwrap()
}

const INDEX_ON_ORDERS: &str = "CREATE INDEX orders_note ON orders (note);\n";
const NONE: [&str; 0] = [];

mod since {
    use super::*;

    #[test]
    fn what_a_branch_makes_is_one_deployment() {
        let work = Work::with_orders();
        work.git("checkout -q -b feature");
        work.write("db/0002_lines.sql", "CREATE TABLE lines (id bigint PRIMARY KEY, note text);\n");
        work.commit("lines");
        work.write("db/0003_index.sql", "CREATE INDEX lines_note ON lines (note);\n");
        work.commit("index");
        assert_eq!(work.found("--since main db"), NONE);
        // Without knowing what is deployed, each file is a deployment.
        assert_eq!(work.found("db"), ["db/0003_index.sql blocking-index-build"]);
    }

    #[test]
    fn an_old_table_is_live_and_old_sins_are_not_told() {
        let work = Work::with_orders();
        work.write("db/0002_old.sql", INDEX_ON_ORDERS);
        work.commit("old");
        work.git("checkout -q -b feature");
        work.write("db/0003_new.sql", "CREATE INDEX orders_lower ON orders (lower(note));\n");
        assert_eq!(work.found("--since main db"), ["db/0003_new.sql blocking-index-build"]);
        work.commit("new");
        assert_eq!(work.found("--since main db"), ["db/0003_new.sql blocking-index-build"]);
        assert_eq!(work.found("--since main"), ["db/0003_new.sql blocking-index-build"]);
    }

    #[test]
    fn what_the_other_branch_added_meanwhile_is_not_new() {
        let work = Work::with_orders();
        work.git("checkout -q -b feature");
        work.write("db/0003_mine.sql", "ALTER TABLE orders DROP COLUMN note;\n");
        work.commit("mine");
        work.git("checkout -q main");
        work.write("db/0002_theirs.sql", INDEX_ON_ORDERS);
        work.commit("theirs");
        let mine = ["db/0003_mine.sql dropped-column"];
        work.git("checkout -q feature");
        assert_eq!(work.found("--since main db"), mine);
        work.git("merge -q -m merge main");
        assert_eq!(work.found("--since main db"), mine);
        work.git("reset -q --hard HEAD~1");
        work.git("rebase -q main");
        assert_eq!(work.found("--since main db"), mine);
    }

    #[test]
    fn a_renamed_file_is_not_new_and_an_edited_one_is_judged() {
        let work = Work::with_orders();
        work.write("db/0002_index.sql", INDEX_ON_ORDERS);
        work.commit("index");
        work.git("checkout -q -b feature");
        work.git("mv db/0002_index.sql db/0003_index.sql");
        work.commit("renamed");
        assert_eq!(work.found("--since main db"), NONE);
        work.write("db/0003_index.sql", &format!("{INDEX_ON_ORDERS}TRUNCATE orders;\n"));
        work.commit("edited");
        let found = work.found("--since main db");
        assert!(found.iter().any(|found| found.starts_with("db/0003_index.sql truncat")), "{found:?}");
    }

    #[test]
    fn nothing_new_is_said_to_be() {
        let work = Work::with_orders();
        work.git("checkout -q -b feature");
        let (findings, told, status) = work.check("--since main db");
        assert_eq!((findings.len(), status), (0, 0));
        assert!(told.contains("no migration is new since the merge base with main; 1 migration not judged"), "{told}");
    }

    #[test]
    fn a_shallow_clone_counts_what_the_base_does_not_have() {
        let work = Work::with_orders();
        work.git("checkout -q -b feature");
        work.write("db/0003_new.sql", INDEX_ON_ORDERS);
        work.commit("new");
        work.git("checkout -q main");
        work.write("db/0002_theirs.sql", "ALTER TABLE orders DROP COLUMN note;\n");
        work.commit("theirs");
        let clone = tempfile::tempdir().unwrap();
        let folder = clone.path().join("clone");
        let url = format!("file://{}", work.path().display());
        let output = git(clone.path(), &format!("clone -q --depth 1 --branch feature {url} clone"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (_, told, status) = work.check_in(&folder, "--since origin/main db");
        assert_eq!(status, 2);
        assert!(told.contains("shallow: `git fetch origin main` brings it"), "{told}");
        assert!(git(&folder, "fetch -q --depth 1 origin main:refs/remotes/origin/main").status.success());
        let (findings, told, status) = work.check_in(&folder, "--since origin/main db");
        assert_eq!(status, 1, "{told}");
        assert!(told.contains("does not hold the commit at which HEAD and origin/main parted"), "{told}");
        assert!(findings.iter().all(|line| line.starts_with("db/0003_new.sql")), "{findings:?}");
    }

    #[test]
    fn what_git_cannot_tell_is_explained() {
        let work = Work::new();
        work.write("db/1.sql", INDEX_ON_ORDERS);
        let (_, told, status) = work.check("--since main db");
        assert_eq!(status, 2);
        assert!(told.contains("is in no git repository"), "{told}");
        work.git("init -q -b main");
        let (_, told, status) = work.check("--since main db");
        assert_eq!(status, 2);
        assert!(told.contains("there is no commit `main` in this repository"), "{told}");
        work.commit("first");
        work.git("checkout -q --orphan other");
        work.commit("second");
        let (_, told, status) = work.check("--since main db");
        assert_eq!(status, 2);
        assert!(told.contains("HEAD and main have no commit in common"), "{told}");
        let (_, told, status) = work.check("--since=--output=x db");
        assert_eq!(status, 2);
        assert!(told.contains("--output=x"), "{told}");
        assert!(!work.path().join("x").exists());
    }

    #[test]
    fn a_worktree_and_a_submodule_are_repositories_like_others() {
        let work = Work::with_orders();
        let other = tempfile::tempdir().unwrap();
        let folder = other.path().join("tree");
        work.git(&format!("worktree add -q -b feature {}", folder.display()));
        fs::write(folder.join("db/0002_new.sql"), INDEX_ON_ORDERS).unwrap();
        let (findings, told, status) = work.check_in(&folder, "--since main db");
        assert_eq!(status, 1, "{told}");
        assert_eq!(findings.len(), 1, "{findings:?}");

        let outer = Work::new();
        outer.git("init -q -b main");
        outer.git(&format!("submodule add -q file://{} lib", work.path().display()));
        outer.commit("lib");
        fs::write(outer.path().join("lib/db/0002_new.sql"), INDEX_ON_ORDERS).unwrap();
        assert_eq!(outer.found("--since main lib"), ["lib/db/0002_new.sql blocking-index-build"]);
        // From outside it is one commit, whatever it holds.
        assert_eq!(outer.found("--since main"), NONE);
    }
}

mod staged {
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
}

#[test]
fn after_a_version_migrations_are_judged_and_are_one_deployment() {
    let work = Work::new();
    work.write("db/9_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
    work.write("db/10_old.sql", INDEX_ON_ORDERS);
    work.write("db/11_lines.sql", "CREATE TABLE lines (id bigint PRIMARY KEY, note text);\n");
    work.write("db/12_index.sql", "CREATE INDEX lines_note ON lines (note);\nDROP INDEX orders_note;\n");
    assert_eq!(work.found("--after 10 db"), ["db/12_index.sql blocking-index-drop"]);
    work.write("shipworthy.toml", "after = \"12\"");
    assert_eq!(work.found("db"), NONE);
    let (_, told, status) = work.check("--after newest db");
    assert_eq!((told.contains("it has no digits"), status), (true, 2));
}

mod configuration {
    use super::*;

    #[test]
    fn the_nearest_file_counts_and_flags_go_before_it() {
        let work = Work::with_orders();
        work.write("db/0002_index.sql", INDEX_ON_ORDERS);
        work.write("shipworthy.toml", "[severity]\nblocking-index-build = \"warning\"\n");
        let severity = |arguments: &str| {
            let (findings, told, status) = work.check(arguments);
            let line = findings.into_iter().find(|line| line.contains("[blocking-index-build]"));
            (line.map(|line| line.split(' ').nth(1).unwrap().split('[').next().unwrap().to_owned()), told, status)
        };
        assert_eq!(severity("db").0.as_deref(), Some("warning"));
        assert_eq!(severity("db").2, 0);
        assert_eq!(severity("db --fail-on warning").2, 1);
        assert_eq!(severity("db --no-config").0.as_deref(), Some("error"));
        // Nearer to all that is looked at.
        work.write("db/.shipworthy.toml", "severity = { locking = \"off\" }\n");
        assert_eq!(severity("db").0, None);
        assert_eq!(severity("db --config shipworthy.toml").0.as_deref(), Some("warning"));
        fs::remove_file(work.path().join("db/.shipworthy.toml")).unwrap();
        // Another tool's file says nothing, so the search goes on.
        work.write("db/pyproject.toml", "[tool.black]\n");
        assert_eq!(severity("db").0.as_deref(), Some("warning"));
        work.write("db/pyproject.toml", "[tool.shipworthy]\nfail-on = \"never\"\n");
        assert_eq!((severity("db").0.as_deref(), severity("db").2), (Some("error"), 0));
    }

    #[test]
    fn some_files_have_severities_of_their_own_and_some_are_left_out() {
        let work = Work::with_orders();
        work.write("db/0002_index.sql", INDEX_ON_ORDERS);
        work.write("db/legacy/0001_index.sql", INDEX_ON_ORDERS);
        work.write("db/vendor_sql/0001_index.sql", INDEX_ON_ORDERS);
        let config =
            "exclude = \"db/vendor*\"\n\n[[override]]\npaths = \"db/legacy\"\nseverity = { locking = \"off\" }\n";
        work.write("shipworthy.toml", config);
        assert_eq!(work.found("db"), ["db/0002_index.sql blocking-index-build"]);
        let named = "db/vendor_sql/0001_index.sql";
        assert_eq!(work.found(named), [format!("{named} blocking-index-build")]);
        assert_eq!(work.found(&format!("--force-exclude {named}")), NONE);
    }

    #[test]
    fn a_teams_own_rules_are_rules() {
        let work = Work::with_orders();
        let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/destructive/dropped-column.md"));
        let document = document.unwrap().replace("# dropped-column", "# no-column-drops");
        work.write("ops/rules/destructive/no-column-drops.md", &document);
        work.write("db/0002_drop.sql", "ALTER TABLE orders DROP COLUMN note;\n");
        work.write("shipworthy.toml", "rules = \"ops/rules\"\nseverity = { dropped-column = \"off\" }\n");
        assert_eq!(work.found("db"), ["db/0002_drop.sql no-column-drops"]);
        work.write("ops/rules/destructive/no-column-drops.md", "# no-column-drops\n");
        let (_, told, status) = work.check("db");
        assert_eq!(status, 2);
        assert!(told.contains("ops/rules/destructive/no-column-drops.md"), "{told}");
    }

    #[test]
    fn sizes_make_the_same_work_bad_or_harmless_and_are_named() {
        let work = Work::with_orders();
        let index = |table: &str| format!("CREATE INDEX {table}_n ON {table} (note);\n");
        work.write("db/0002_a.sql", &format!("{}{}", index("countries"), index("events")));
        work.write("db/0003_b.sql", "DELETE FROM events WHERE note IS NULL;\nDROP TABLE countries;\n");
        let settings = "[timeouts]\nlock = \"2s\"\n";
        let said = |tables: &str| {
            work.write("shipworthy.toml", &format!("{settings}{tables}"));
            let found = work.check("db").0.into_iter();
            found.filter_map(|line| Some(line.split_once(".sql:")?.1.to_owned())).collect::<Vec<_>>().join("\n")
        };
        let unsaid = said("");
        assert!(unsaid.contains("error[blocking-index-build] building `countries_n` blocks writes to `countries`\n"));
        assert!(unsaid.contains("note[unbatched-delete]"), "{unsaid}");
        let told = said("[tables]\n\"count*\" = 250\nevents = \"400M\"\n");
        assert!(
            told.contains("note[blocking-index-build] building `countries_n` blocks writes to `countries` (250 rows)")
        );
        assert!(told.contains("error[blocking-index-build] building `events_n` blocks writes to `events` (400M rows)"));
        assert!(told.contains("warning[unbatched-delete]"), "{told}");
        // What is lost is lost, however little it is.
        assert!(told.contains("error[dropped-table]"), "{told}");
        // A severity that the team settled counts for all sizes.
        let settled = said("[tables]\ncountries = \"small\"\n[severity]\nblocking-index-build = \"error\"\n");
        assert!(
            settled.contains("error[blocking-index-build] building `countries_n` blocks writes to `countries` (small)")
        );
    }

    #[test]
    fn which_schemas_an_api_serves_can_be_said() {
        let work = Work::new();
        work.write(
            "db/migrations/20260101000000_all.sql",
            "CREATE SCHEMA api;\nCREATE TABLE api.a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY);\n",
        );
        let exposed = || work.found("db").iter().filter(|found| found.ends_with(" exposed-table")).count();
        assert_eq!(exposed(), 0);
        work.write("shipworthy.toml", "exposed-schemas = \"api\"\n");
        assert_eq!(exposed(), 1);
        work.write("shipworthy.toml", "exposed-schemas = [\"api\", \"public\"]\n");
        assert_eq!(exposed(), 2);
        // A project of Supabase's serves `public`, unless somebody says otherwise.
        work.write("shipworthy.toml", "tool = \"supabase\"\n");
        assert_eq!(exposed(), 1);
        work.write("shipworthy.toml", "tool = \"supabase\"\nexposed-schemas = []\n");
        assert_eq!(exposed(), 0);
    }

    #[test]
    fn a_timeout_that_the_connection_sets_need_not_be_in_the_files() {
        let work = Work::with_orders();
        work.write("db/0002_alter.sql", "ALTER TABLE orders ADD COLUMN a int;\n");
        let (findings, ..) = work.check("db");
        assert!(findings.iter().any(|line| line.contains("[missing-lock-timeout]")), "{findings:?}");
        work.write("shipworthy.toml", "timeouts = { lock = \"2s\" }\n");
        assert_eq!(work.check("db").0, NONE);
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        let work = Work::with_orders();
        work.write("shipworthy.toml", "[severity]\nblocking-index-bild = \"off\"\n");
        let (_, told, status) = work.check("db");
        assert_eq!(status, 2);
        assert!(told.contains("shipworthy.toml:2:1"), "{told}");
        assert!(told.contains("did you mean `blocking-index-build`?"), "{told}");
    }

    #[test]
    fn what_is_configured_can_be_shown() {
        let work = Work::with_orders();
        work.write("shipworthy.toml", "postgres = 14\n[severity]\nstyle = \"note\"\n");
        let output = shipworthy(work.path(), "config db");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("# shipworthy.toml\npostgres = 14"), "{text}");
        assert!(text.lines().any(|line| line.starts_with("postgres = 14 ") && line.ends_with("# shipworthy.toml:1")));
        assert!(text.lines().any(|line| line.starts_with("fail-on = \"error\"") && line.ends_with("# default")));
        let output = shipworthy(work.path(), "config --json-schema");
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["properties"]["postgres"]["minimum"], 11);
    }
}

mod allow {
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
}

mod baseline {
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
    fn a_broken_or_missing_baseline_is_told() {
        let work = Work::with_orders();
        work.write("shipworthy-baseline.txt", "<<<<<<< HEAD\n");
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
}

mod history {
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
            work.write(
                &format!("db/{version}_a.up.sql"),
                &format!("CREATE TABLE t{version} (id bigint PRIMARY KEY);\n"),
            );
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
}

mod lists {
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
        let files = [
            ("1_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n"),
            ("2_b.sql", "CREATE TABLE b (id int PRIMARY KEY);\n"),
        ];
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
            let lines: String =
                changes.iter().map(|name| format!("{name} 2024-01-01T00:00:00Z A <a@b> # x\n")).collect();
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
}
