//! What a branch, the index or the working tree adds to a repository.
//!
//! The `git` program is asked, not a library: where there is a repository there is `git`, which knows every kind of clone, worktree, index
//! and attribute; a library would be larger than the rest of this program.

mod remote;

use crate::base::Revision;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A repository's working tree.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its topmost folder, without links.
    root: PathBuf,
    /// Variables of a git that runs this program as a hook, which would mislead the git that is asked.
    forgotten: Vec<&'static str>,
}

/// What is different from a commit, by path without links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What it is compared with, as messages write it: `the merge base with origin/main`.
    pub base: String,
    /// That commit (or tree).
    pub commit: String,
    /// All files of the branch that the changes go to.
    pub there: Vec<PathBuf>,
    /// Files that are there now.
    pub files: BTreeMap<PathBuf, Change>,
    /// Files that were there.
    pub deleted: Vec<PathBuf>,
    /// What the branch that the changes go to has got since this one left it, and this one does not have.
    pub theirs: Vec<Addition>,
    /// The newest commit of that branch.
    pub tip: String,
    /// The commit that it is compared with is not the branching point, which this clone does not hold: edits and deletions mean nothing.
    pub approximate: bool,
}

/// A file that another branch added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// Its path without links.
    pub path: PathBuf,
    /// The commit that added it: its short name and the first line of its message. Empty where that is not known.
    pub commit: String,
}

/// How a file is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It was there under this name.
    Edited,
    /// It was there under another name.
    Renamed {
        /// The name.
        from: PathBuf,
        /// Not a byte of it is different.
        same: bool,
    },
}

/// Why git has no answer; a sentence or two for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble(String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Changes {
    /// How a file is different, by its path without links.
    pub fn of(&self, path: &Path) -> Option<&Change> {
        self.files.get(path)
    }

    /// Whether a file is not there in the commit that it is compared with.
    pub fn is_new(&self, path: &Path) -> bool {
        self.of(path) == Some(&Change::Added)
    }
}

impl Repository {
    /// The topmost folder of its working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository in which a folder lies.
    ///
    /// # Errors
    /// Where there is none, or no git.
    pub fn around(folder: &Path) -> Result<Self, Trouble> {
        let is_set = |name: &str| std::env::var_os(name).is_some();
        let mut forgotten = Vec::new();
        // In another worktree a hook gets it; git would then take any folder in which it is asked for the topmost one.
        if is_set("GIT_DIR") && !is_set("GIT_WORK_TREE") && top(folder, &["GIT_DIR"])?.status.success() {
            forgotten.push("GIT_DIR");
        }
        let output = top(folder, &forgotten)?;
        // The index of the repository that is committed to, and of no other, as a submodule is.
        if is_set("GIT_INDEX_FILE") && top(Path::new("."), &forgotten)?.stdout != output.stdout {
            forgotten.push("GIT_INDEX_FILE");
        }
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
            let folder = folder.display();
            if let Some((_, place)) = why.split_once("dubious ownership in repository at '") {
                let root = place.split_once('\'').map_or(place, |(root, _)| root);
                return Err(Trouble(format!(
                    "git does not trust the repository {root}, which belongs to somebody else; \
                     `git config --global --add safe.directory {root}` changes that"
                )));
            }
            return Err(Trouble(match why.contains("must be run in a work tree") {
                true => format!("the repository around {folder} has no working tree"),
                false => format!("{folder} is in no git repository"),
            }));
        }
        let root = path_from(trimmed(&output.stdout));
        let root = std::fs::canonicalize(&root).unwrap_or(root);
        Ok(Self { root, forgotten })
    }

    /// What the branch and the working tree add since they left another branch (the merge base), files that git does not know among it.
    ///
    /// # Errors
    /// Where there is no such commit, or nothing in common with it.
    pub fn since(&self, reference: &str) -> Result<Changes, Trouble> {
        let commit = self.commit(reference)?;
        let head = self.commit("HEAD")?;
        let output = self.git(["merge-base", &commit, &head])?;
        let base = String::from_utf8_lossy(trimmed(&output.stdout)).into_owned();
        let (base, name, approximate) = if output.status.success() && !base.is_empty() {
            (base, format!("the merge base with {reference}"), false)
        } else if self.is_shallow() {
            (commit.clone(), reference.to_owned(), true)
        } else {
            return Err(Trouble(format!("HEAD and {reference} have no commit in common")));
        };
        let mut changes = self.compare(&[&base])?;
        changes.base = name;
        changes.there = self.files_of(&commit)?;
        self.add_untracked(&mut changes)?;
        if !approximate {
            self.leave_out_merged(&mut changes, &commit)?;
            changes.theirs = self.additions_since(&base, &commit, &head, &changes)?;
        }
        changes.commit = base;
        changes.tip = commit;
        changes.approximate = approximate;
        Ok(changes)
    }

    /// What was squashed or picked onto the other branch is there already, although no commit of this one is.
    fn leave_out_merged(&self, changes: &mut Changes, tip: &str) -> Result<(), Trouble> {
        let there: BTreeSet<&PathBuf> = changes.there.iter().collect();
        let added = |(path, change): (&PathBuf, &Change)| {
            (*change == Change::Added && there.contains(path)).then(|| path.clone())
        };
        let both: Vec<PathBuf> = changes.files.iter().filter_map(added).collect();
        if both.is_empty() {
            return Ok(());
        }
        let differ = self.paths(&["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", tip, "--"])?;
        for path in both {
            match differ.contains(&path) {
                true => drop(changes.files.insert(path, Change::Edited)),
                false => drop(changes.files.remove(&path)),
            }
        }
        Ok(())
    }

    /// What a branch added since this one left it, but for what this one has as well.
    ///
    /// Where HEAD is the merge of the two that a CI system made to try it, they count as not merged.
    fn additions_since(&self, base: &str, tip: &str, head: &str, changes: &Changes) -> Result<Vec<Addition>, Trouble> {
        let (base, head) = match self.tried_merge(tip, head)? {
            Some((fork, branch)) => (fork, branch),
            None => (base.to_owned(), head.to_owned()),
        };
        if base == tip {
            return Ok(Vec::new());
        }
        let asked =
            ["diff", "--name-only", "-z", "--find-renames", "--diff-filter=A", "--no-ext-diff", &base, tip, "--"];
        let mut added = self.paths(&asked)?;
        added.retain(|path| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql")));
        if added.is_empty() {
            return Ok(Vec::new());
        }
        let known: BTreeSet<PathBuf> = self.files_of(&head)?.into_iter().collect();
        added.retain(|path| !known.contains(path) && !changes.files.contains_key(path));
        let commits = self.commits_that_added(&added, &base, tip);
        let of = |path: PathBuf| Addition { commit: commits.get(&path).cloned().unwrap_or_default(), path };
        Ok(added.into_iter().map(of).collect())
    }

    /// Of a HEAD that merges a branch into the other one's `tip` (or one of its older commits): where the two parted, and the branch.
    fn tried_merge(&self, tip: &str, head: &str) -> Result<Option<(String, String)>, Trouble> {
        let line = |arguments: &[&str]| {
            let output = self.git(arguments)?;
            let text = String::from_utf8_lossy(trimmed(&output.stdout)).into_owned();
            Ok(Some(text).filter(|text| output.status.success() && !text.is_empty()))
        };
        let parents = line(&["rev-list", "--parents", "--max-count=1", head])?.unwrap_or_default();
        let [_, into, branch] = parents.split(' ').collect::<Vec<_>>()[..] else { return Ok(None) };
        let is_older = |commit: &str| Ok(self.git(["merge-base", "--is-ancestor", commit, tip])?.status.success());
        if !is_older(into)? || is_older(branch)? {
            return Ok(None);
        }
        Ok(line(&["merge-base", tip, branch])?.map(|fork| (fork, branch.to_owned())))
    }

    /// The commits behind `base` that added files; nothing where git does not tell.
    fn commits_that_added(&self, files: &[PathBuf], base: &str, tip: &str) -> BTreeMap<PathBuf, String> {
        let folders: BTreeSet<&Path> =
            files.iter().filter_map(|file| file.parent()?.strip_prefix(&self.root).ok()).collect();
        let range = format!("{base}..{tip}");
        let format = "--format=%x01%h %s";
        let mut arguments: Vec<OsString> =
            ["log", "-z", "--no-renames", "--diff-filter=A", "--name-only", format, &range, "--"]
                .map(Into::into)
                .into();
        for folder in folders {
            let mut spec = OsString::from(":(top,literal)");
            spec.push(slashed(folder));
            arguments.push(spec);
        }
        let Some(output) = self.git(&arguments).ok().filter(|output| output.status.success()) else {
            return BTreeMap::new();
        };
        let mut commits = BTreeMap::new();
        let mut commit = String::new();
        for field in output.stdout.split(|byte| *byte == 0) {
            match field.strip_prefix(b"\x01") {
                Some(line) => commit = String::from_utf8_lossy(line).into_owned(),
                // The first name of a commit stands behind a line's end.
                None => {
                    let name = field.strip_prefix(b"\n").unwrap_or(field);
                    commits.insert(self.root.join(path_from(name)), commit.clone());
                }
            }
        }
        commits
    }

    /// What the working tree adds to the last commit, files that git does not know among it.
    ///
    /// # Errors
    /// Where git fails.
    pub fn changed(&self) -> Result<Changes, Trouble> {
        let head = self.head_or_nothing()?;
        let mut changes = self.compare(&[&head])?;
        changes.base = "the last commit".to_owned();
        changes.there = self.files_of(&head)?;
        changes.commit = head;
        self.add_untracked(&mut changes)?;
        Ok(changes)
    }

    /// What the index adds to the last commit.
    ///
    /// # Errors
    /// Where git fails.
    pub fn staged(&self) -> Result<Changes, Trouble> {
        let head = self.head_or_nothing()?;
        let mut changes = self.compare(&["--cached", &head])?;
        changes.base = "the last commit".to_owned();
        changes.there = self.files_of(&head)?;
        changes.commit = head;
        Ok(changes)
    }

    /// A file as it is in the index; `None` where it is not there.
    pub fn staged_content(&self, path: &Path) -> Option<Vec<u8>> {
        self.content("", path)
    }

    /// A file as it is in a commit, or with none in the index; `None` where it is not there.
    pub fn content(&self, commit: &str, path: &Path) -> Option<Vec<u8>> {
        let below = path.strip_prefix(&self.root).ok()?;
        let mut object = OsString::from(format!("{commit}:"));
        object.push(slashed(below));
        let output = self.command().args(["cat-file", "blob"]).arg(object).output().ok()?;
        output.status.success().then_some(output.stdout)
    }

    /// Files as they are in a commit; `None` for what is not there, or cannot be asked for.
    pub fn contents<'p>(&self, commit: &str, paths: impl Iterator<Item = &'p Path>) -> Vec<Option<Vec<u8>>> {
        let asked: Vec<Option<OsString>> = paths.map(|path| self.line_for(commit, path)).collect();
        let mut lines = Vec::new();
        for line in asked.iter().flatten() {
            lines.extend_from_slice(line.as_encoded_bytes());
            lines.push(b'\n');
        }
        let mut output = self.piped(&["cat-file", "--batch"], lines).unwrap_or_default().into_iter();
        asked.iter().map(|line| line.as_ref().and_then(|_| next_object(&mut output))).collect()
    }

    /// How a file of a commit is asked for, in a line.
    fn line_for(&self, commit: &str, path: &Path) -> Option<OsString> {
        let mut object = OsString::from(format!("{commit}:"));
        object.push(slashed(path.strip_prefix(&self.root).ok()?));
        (!object.as_encoded_bytes().contains(&b'\n')).then_some(object)
    }

    /// What a command answers to its input; it may begin to answer before it has read all of it.
    fn piped(&self, arguments: &[&str], input: Vec<u8>) -> Option<Vec<u8>> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().ok()?;
        writer.join().ok()?.ok()?;
        Some(output.stdout)
    }

    /// The state that is looked at, as far as it is known. The remote is `origin`, or else the first by name.
    pub fn revision(&self) -> Revision {
        let line = |arguments: &[&str]| {
            let output = self.git(arguments).ok().filter(|output| output.status.success())?;
            let line = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned();
            Some(line).filter(|line| !line.is_empty())
        };
        // As it is written in the configuration: a rewritten address may be another for everybody, and hold a password.
        let address = |remote: &str| line(&["config", "--get", &format!("remote.{remote}.url")]);
        let remote = address("origin").or_else(|| address(&line(&["remote"])?));
        Revision {
            repository: remote.and_then(|remote| remote::public(&remote)),
            commit: line(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]),
            branch: line(&["symbolic-ref", "--quiet", "--short", "HEAD"]),
        }
    }

    fn commit(&self, reference: &str) -> Result<String, Trouble> {
        if reference.is_empty() {
            return Err(Trouble("the branch or commit to compare with is empty: is a variable not set?".to_owned()));
        }
        let asked = format!("{reference}^{{commit}}");
        let output = self.git(["rev-parse", "--verify", "--quiet", "--end-of-options", &asked])?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(trimmed(&output.stdout)).into_owned());
        }
        let (remote, branch) = reference.split_once('/').unwrap_or(("origin", reference));
        let fetch = format!("`git fetch {remote} {branch}`");
        // What is counted from another commit cannot be fetched by its name.
        let derived = reference.contains(['^', '~', '@', ':']);
        Err(Trouble(match (reference, self.is_shallow()) {
            (_, false) if derived => format!("there is no commit `{reference}` in this repository"),
            (_, true) if derived => format!(
                "there is no commit `{reference}` in this clone, which is shallow: `git fetch --unshallow` or \
                 `fetch-depth: 0` of actions/checkout brings all of them"
            ),
            ("HEAD", _) => "there is no commit in this repository yet".to_owned(),
            (_, true) => format!(
                "there is no commit `{reference}` in this clone, which is shallow: {fetch} brings it, \
                 `fetch-depth: 0` lets actions/checkout bring all of them"
            ),
            (_, false) => format!("there is no commit `{reference}` in this repository; {fetch} may bring it"),
        }))
    }

    /// The last commit, or the empty tree where there is none yet.
    fn head_or_nothing(&self) -> Result<String, Trouble> {
        if let Ok(head) = self.commit("HEAD") {
            return Ok(head);
        }
        let output = self.git(["hash-object", "-t", "tree", "--stdin"])?;
        Ok(String::from_utf8_lossy(trimmed(&output.stdout)).into_owned())
    }

    fn is_shallow(&self) -> bool {
        let output = self.git(["rev-parse", "--is-shallow-repository"]);
        output.is_ok_and(|output| trimmed(&output.stdout) == b"true")
    }

    /// `git diff --name-status` from a tree to the index or the working tree.
    fn compare(&self, arguments: &[&str]) -> Result<Changes, Trouble> {
        let options =
            ["diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules"];
        let output = self.git(options.iter().chain(arguments).chain(&["--"]))?;
        if !output.status.success() {
            return Err(refused(&output));
        }
        let mut changes = Changes::default();
        let mut fields = output.stdout.split(|byte| *byte == 0).filter(|field| !field.is_empty());
        while let Some(status) = fields.next() {
            let mut path = || fields.next().map(|field| self.root.join(path_from(field)));
            let Some(first) = path() else { break };
            match status.first() {
                Some(b'A') => drop(changes.files.insert(first, Change::Added)),
                Some(b'D') => changes.deleted.push(first),
                Some(b'R') => {
                    let Some(to) = path() else { break };
                    changes.files.insert(to, Change::Renamed { from: first, same: status == b"R100" });
                }
                // A copy is a new file, whatever it was copied from.
                Some(b'C') => {
                    let Some(to) = path() else { break };
                    changes.files.insert(to, Change::Added);
                }
                // M: its text; T: its type, as from a link to a file; U: a conflict.
                _ => drop(changes.files.insert(first, Change::Edited)),
            }
        }
        Ok(changes)
    }

    fn files_of(&self, tree: &str) -> Result<Vec<PathBuf>, Trouble> {
        self.paths(&["ls-tree", "-r", "--name-only", "-z", "--full-tree", tree])
    }

    /// The paths that a command of git's writes with `-z`.
    fn paths(&self, arguments: &[&str]) -> Result<Vec<PathBuf>, Trouble> {
        let output = self.git(arguments)?;
        if !output.status.success() {
            return Err(refused(&output));
        }
        let fields = output.stdout.split(|byte| *byte == 0).filter(|field| !field.is_empty());
        Ok(fields.map(|field| self.root.join(path_from(field))).collect())
    }

    fn add_untracked(&self, changes: &mut Changes) -> Result<(), Trouble> {
        let output = self.git(["ls-files", "--others", "--exclude-standard", "-z"])?;
        if !output.status.success() {
            return Err(refused(&output));
        }
        for field in output.stdout.split(|byte| *byte == 0).filter(|field| !field.is_empty()) {
            changes.files.insert(self.root.join(path_from(field)), Change::Added);
        }
        Ok(())
    }

    fn git(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Output, Trouble> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::null());
        command.output().map_err(|error| not_run(&error))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        // Paths in the output count from the top; nothing is paged, translated, or waits for another git.
        command.arg("-C").arg(&self.root).args(["--no-pager", "-c", "core.quotepath=off", "-c", "diff.noprefix=false"]);
        command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
        for variable in &self.forgotten {
            command.env_remove(variable);
        }
        command
    }
}

/// The topmost folder of the repository around a folder.
fn top(folder: &Path, forgotten: &[&str]) -> Result<Output, Trouble> {
    let mut command = Command::new("git");
    for variable in forgotten {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").arg("-C").arg(folder).args(["rev-parse", "--show-toplevel"]);
    command.output().map_err(|error| not_run(&error))
}

/// The next object that `git cat-file --batch` wrote: a line with its size, its bytes, and the end of a line.
fn next_object(output: &mut impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let header: Vec<u8> = output.by_ref().take_while(|byte| *byte != b'\n').collect();
    let header = String::from_utf8_lossy(&header).into_owned();
    let mut words = header.rsplit(' ');
    // A name that is not there is answered with ` missing`.
    let size = words.next()?.parse().ok()?;
    let content: Vec<u8> = output.by_ref().take(size).collect();
    output.next();
    (words.next() == Some("blob")).then_some(content)
}

fn not_run(error: &io::Error) -> Trouble {
    Trouble(match error.kind() {
        io::ErrorKind::NotFound => "the program `git` is needed for this, and is not there".to_owned(),
        _ => format!("git cannot be run: {error}"),
    })
}

fn refused(output: &Output) -> Trouble {
    let why = String::from_utf8_lossy(&output.stderr);
    Trouble(format!("git failed: {}", why.trim().lines().next_back().unwrap_or("it does not say why")))
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}

/// A path as git writes it: with `/`, in the system's bytes.
fn path_from(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// A path as git reads it.
fn slashed(path: &Path) -> OsString {
    if cfg!(windows) { path.to_string_lossy().replace('\\', "/").into() } else { path.as_os_str().to_owned() }
}
