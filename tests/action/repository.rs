//! A repository as GitHub keeps it, pull requests and all, and clones of it as actions/checkout makes them.

use super::runner::Runner;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A repository, with the branch at work checked out in `tree`.
pub(crate) struct Origin {
    folder: TempDir,
}

impl Origin {
    /// The branch `main` with a migration that is live, and that has findings of its own.
    pub(crate) fn with_old_sins() -> Self {
        let origin = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(origin.tree()).unwrap();
        origin.git("init -q -b main");
        // As GitHub's servers do.
        origin.git("config uploadpack.allowAnySHA1InWant true");
        origin.write("db/0000_first.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n");
        origin.commit("first");
        origin.write(
            "db/0001_orders.sql",
            "ALTER TABLE orders DROP COLUMN note;\nALTER TABLE orders ADD COLUMN note text;\n",
        );
        origin.commit("sins");
        origin
    }

    fn tree(&self) -> std::path::PathBuf {
        self.folder.path().join("tree")
    }

    fn git(&self, arguments: &str) -> String {
        git(&self.tree(), arguments)
    }

    /// Writes a file of the branch at work.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all of it.
    pub(crate) fn commit(&self, message: &str) {
        self.git("add -A");
        self.git(&format!("commit -q -m {message}"));
    }

    /// Starts a branch.
    pub(crate) fn branch(&self, name: &str) {
        self.git(&format!("checkout -q -b {name}"));
    }

    /// The commit at work.
    pub(crate) fn head(&self) -> String {
        self.git("rev-parse HEAD")
    }

    /// Commits a file to `main`, whatever branch is at work.
    pub(crate) fn on_main(&self, name: &str, text: &str) {
        let branch = self.git("branch --show-current");
        self.git("checkout -q main");
        self.write(name, text);
        self.commit("meanwhile");
        self.git(&format!("checkout -q {branch}"));
    }

    /// Gives the runner the event of a pull request, number 7, from the branch at work to `main`.
    pub(crate) fn open_pull_request(&self, runner: &mut Runner) {
        runner.event_name = "pull_request";
        runner.reference = "refs/pull/7/merge".to_owned();
        runner.event = json!({
            "pull_request": {"number": 7, "base": {"sha": self.git("rev-parse main")}, "head": {"sha": self.head()}},
            "repository": {"default_branch": "main"},
        });
    }

    /// Checks out what GitHub makes of the pull request: its merge into `main` as that is now. Depth 0 is the whole history.
    pub(crate) fn check_out_merge(&self, runner: &Runner, depth: usize) {
        let branch = self.git("branch --show-current");
        self.git("checkout -q --detach main");
        self.git(&format!("merge -q --no-ff -m merge {branch}"));
        self.git("update-ref refs/pull/7/merge HEAD");
        self.git(&format!("checkout -q {branch}"));
        self.check_out(runner, "+refs/pull/7/merge:refs/remotes/pull/7/merge", "refs/remotes/pull/7/merge", depth);
    }

    /// Checks out the commit at work, as `ref: ${{ github.event.pull_request.head.sha }}` does.
    pub(crate) fn check_out_head(&self, runner: &Runner, depth: usize) {
        let head = self.head();
        self.check_out(runner, &head, &head, depth);
    }

    /// Checks out a branch, as for a push.
    pub(crate) fn check_out_branch(&self, runner: &Runner, name: &str, depth: usize) {
        let tracking = format!("refs/remotes/origin/{name}");
        self.check_out(runner, &format!("+refs/heads/{name}:{tracking}"), &tracking, depth);
    }

    fn check_out(&self, runner: &Runner, wanted: &str, commit: &str, depth: usize) {
        let workspace = &runner.workspace;
        fs::remove_dir_all(workspace).unwrap();
        fs::create_dir(workspace).unwrap();
        git(workspace, "init -q");
        git(workspace, &format!("remote add origin file://{}", self.tree().display()));
        let depth = match depth {
            // With the whole history, checkout brings all branches.
            0 => " +refs/heads/*:refs/remotes/origin/*".to_owned(),
            depth => format!(" --depth={depth}"),
        };
        git(workspace, &format!("fetch -q --no-tags origin {wanted}{depth}"));
        git(workspace, &format!("checkout -q --detach {commit}"));
    }

    /// Makes the repository unreachable.
    pub(crate) fn remove(&self) {
        fs::remove_dir_all(self.tree()).unwrap();
    }
}

/// What git says, in a folder, whatever the machine's configuration is.
fn git(folder: &Path, arguments: &str) -> String {
    let mut git = Command::new("git");
    git.current_dir(folder).args(arguments.split(' ')).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for (name, value) in [("AUTHOR", "a"), ("COMMITTER", "c")] {
        git.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), format!("{value}@example.org"));
    }
    let output = git.output().unwrap();
    assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
