//! As a hook of git's, which sets variables of its own.

use super::*;

/// A repository with a hook that runs `shipworthy check --staged` on the given paths, where it may.
#[cfg(unix)]
fn with_hook(paths: &str) -> Work {
    use std::os::unix::fs::PermissionsExt;
    let work = Work::with_orders();
    let program = env!("CARGO_BIN_EXE_shipworthy");
    let hook = format!("#!/bin/sh\nexec {program} check --staged --output-format concise {paths}\n");
    let path = work.write(".git/hooks/pre-commit", &hook);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    work
}

/// What a commit says, and whether it was made.
#[cfg(unix)]
fn commit(folder: &Path, arguments: &str) -> (String, bool) {
    let output = git(folder, format!("commit -q -m x {arguments}").trim_end());
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.success())
}

#[cfg(unix)]
#[test]
fn a_commit_is_refused_for_what_it_would_hold() {
    for paths in ["", "db"] {
        let work = with_hook(paths);
        // Staged is one statement, and behind it more is written already.
        work.write("db/0002_a.sql", INDEX_ON_ORDERS);
        work.git("add db/0002_a.sql");
        work.write("db/0002_a.sql", "DROP TABLE orders;\n");
        let (told, done) = commit(work.path(), "");
        assert!(!done && told.contains("[blocking-index-build]") && !told.contains("[dropped-table]"), "{told}");
        // `-a` and paths make an index of their own.
        let (told, done) = commit(work.path(), "-a");
        assert!(!done && told.contains("[dropped-table]") && !told.contains("[blocking-index-build]"), "{told}");
        work.git("reset -q --hard");
        work.write("db/0002_a.sql", "SELECT 1;\n");
        work.write("db/0003_b.sql", INDEX_ON_ORDERS);
        work.git("add -A");
        let (told, done) = commit(work.path(), "db/0002_a.sql");
        assert!(done, "{told}");
        let (told, done) = commit(&work.path().join("db"), "");
        assert!(!done && told.contains("db/0003_b.sql:1:1: error[blocking-index-build]"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_hook_in_another_worktree_looks_at_that_one() {
    for paths in ["", "db"] {
        let work = with_hook(paths);
        let other = tempfile::tempdir().unwrap();
        let tree = other.path().join("tree");
        work.git(&format!("worktree add -q -b feature {}", tree.display()));
        fs::write(tree.join("db/0002_a.sql"), INDEX_ON_ORDERS).unwrap();
        assert!(git(&tree, "add -A").status.success());
        fs::write(tree.join("db/0002_a.sql"), "SELECT 1;\n").unwrap();
        let (told, done) = commit(&tree, "");
        assert!(!done && told.contains("db/0002_a.sql:1:1: error[blocking-index-build]"), "{paths}: {told}");
        assert!(git(&tree, "add -A").status.success());
        let (told, done) = commit(&tree, "");
        assert!(done && !told.contains("blocking"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_submodule_has_an_index_of_its_own() {
    let inner = Work::with_orders();
    let work = with_hook("lib");
    work.git(&format!("submodule add -q file://{} lib", inner.path().display()));
    fs::write(work.path().join("lib/db/0002_a.sql"), INDEX_ON_ORDERS).unwrap();
    assert!(git(&work.path().join("lib"), "add -A").status.success());
    let (told, done) = commit(work.path(), "");
    assert!(!done && told.contains("lib/db/0002_a.sql:1:1: error[blocking-index-build]"), "{told}");
}
