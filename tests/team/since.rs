//! Only what a branch adds.

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

#[test]
fn what_git_refuses_names_what_helps() {
    let work = Work::with_orders();
    let told = |arguments: &str| {
        let (_, told, status) = work.check(arguments);
        assert_eq!(status, 2, "{told}");
        told
    };
    assert!(told("--since= db").contains("is a variable not set?"));
    assert!(told("--since HEAD~3 db").ends_with("there is no commit `HEAD~3` in this repository\n"));
    assert!(told("--since develop db").contains("`git fetch origin develop` may bring it"));
    let bare = tempfile::tempdir().unwrap();
    assert!(git(bare.path(), &format!("clone -q --bare {} .", work.path().display())).status.success());
    fs::write(bare.path().join("1.sql"), INDEX_ON_ORDERS).unwrap();
    let (_, told, status) = work.check_in(bare.path(), "--since main .");
    assert_eq!(status, 2);
    assert!(told.contains("has no working tree"), "{told}");
}

#[test]
fn a_tag_a_hash_and_a_detached_head_are_commits_like_others() {
    let work = Work::with_orders();
    work.git("tag v1.0");
    let hash = work.git("rev-parse HEAD");
    work.git("checkout -q --detach");
    work.write("db/0002 añadir índice.sql", INDEX_ON_ORDERS);
    work.commit("index");
    let found = ["db/0002 añadir índice.sql blocking-index-build"];
    for base in ["v1.0", hash.trim(), "HEAD~1", "main"] {
        assert_eq!(work.found(&format!("--since {base} db")), found, "{base}");
    }
    assert_eq!(work.found("--since HEAD db"), NONE);
}

#[test]
fn a_partial_clone_and_a_sparse_checkout_know_enough() {
    let work = Work::with_orders();
    work.git("config uploadpack.allowFilter true");
    work.git("checkout -q -b feature");
    work.write("db/0002_new.sql", INDEX_ON_ORDERS);
    work.commit("new");
    work.git("checkout -q main");
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", work.path().display());
    for (name, options) in [("partial", "--filter=blob:none"), ("sparse", "--sparse")] {
        let output = git(clone.path(), &format!("clone -q {options} --branch feature {url} {name}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let folder = clone.path().join(name);
        if name == "sparse" {
            assert!(git(&folder, "sparse-checkout set db").status.success());
        }
        let (findings, told, _) = work.check_in(&folder, "--since origin/main db");
        assert_eq!(findings.len(), 1, "{name}: {findings:?} {told}");
    }
}

#[test]
fn without_the_program_git_all_is_judged_and_what_is_new_is_not_known() {
    let work = Work::with_orders();
    let run = |arguments: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
        let output = command.current_dir(work.path()).args(arguments.split(' ')).env("PATH", "").output().unwrap();
        (String::from_utf8(output.stderr).unwrap(), output.status.code())
    };
    for new in ["--since main", "--staged", "--changed"] {
        let (told, status) = run(&format!("check {new} db"));
        assert_eq!(
            (told.as_str(), status),
            ("shipworthy: the program `git` is needed for this, and is not there\n", Some(2))
        );
    }
    assert_eq!(run("check db").1, Some(0));
    assert_eq!(run("check --after 1 db").1, Some(0));
}

#[test]
fn an_index_that_is_broken_is_gits_to_explain() {
    let work = Work::with_orders();
    work.write(".git/index", "no index");
    for new in ["--since main", "--staged", "--changed"] {
        let (_, told, status) = work.check(&format!("{new} db"));
        assert!(status == 2 && told.starts_with("shipworthy: git failed: fatal: "), "{told}");
    }
}

#[test]
fn a_conflict_that_is_left_in_a_file_is_an_error() {
    let work = Work::with_orders();
    for (branch, column) in [("one", "note"), ("two", "id")] {
        work.git(&format!("checkout -q -b {branch} main"));
        work.write("db/0002_index.sql", &format!("CREATE INDEX i ON orders ({column});\n"));
        work.commit(branch);
    }
    assert!(!git(work.path(), "rebase -q one").status.success());
    let (findings, ..) = work.check("--since main db");
    assert_eq!(findings, ["db/0002_index.sql:1:1: error[syntax-error] this is a mark of a merge conflict"]);
}

#[test]
fn paths_in_several_repositories_are_told_apart() {
    let work = Work::new();
    for name in ["one", "two"] {
        work.write(&format!("{name}/1.sql"), INDEX_ON_ORDERS);
        work.git(&format!("init -q -b main {name}"));
    }
    let (_, told, status) = work.check("--since main one two");
    assert_eq!(status, 2);
    assert!(told.contains("the paths are in several git repositories"), "{told}");
}
