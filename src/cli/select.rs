//! Which of the migrations that were found are judged, and which have not been deployed yet.

use super::config::common_folder;
use super::{Failure, Input, Selecting, explain, remark};
use crate::check::File;
use crate::config::{Config, shown};
use crate::dialect::Dialect;
use crate::discover::{self, Discovered, ProjectFile};
use crate::git::{self, Addition, Changes, Repository};
use crate::history::{self, Change, Theirs, Version};
use crate::parse::parse;
use crate::report::text::counted;
use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What was asked for. By default everything is judged, and each file is a deployment of its own.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// `--since`.
    since: Option<Changes>,
    /// What sentences call the branch that it names.
    branch: String,
    /// `--staged` or `--changed`.
    now: Option<Changes>,
    /// Where git was asked.
    repository: Option<Repository>,
    /// `--staged`: files are read from the index.
    staged: bool,
    /// `--after`.
    after: Option<Version>,
    /// By folder, the two newest migrations on the branch that the changes go to, the newest first.
    newest: BTreeMap<String, Vec<(Version, PathBuf)>>,
}

impl Selection {
    /// Asks git where the command line needs it.
    pub(super) fn new(asked: &Selecting, input: &Input, config: &Config) -> Result<Self, Failure> {
        let mut selection = Self::default();
        let configured = config.document.after.as_ref().map(|after| after.value.as_str());
        if let Some(after) = asked.after.as_deref().or(configured) {
            let version = Version::read(after);
            selection.after =
                Some(version.ok_or_else(|| Failure(format!("there is no version in `{after}`: it has no digits")))?);
        }
        if asked.since.is_none() && !asked.staged && !asked.changed {
            return Ok(selection);
        }
        let configured = config.paths();
        let paths = if input.paths.is_empty() { &configured } else { &input.paths };
        let folder = common_folder(paths.iter().map(PathBuf::as_path));
        let told = |trouble: git::Trouble| Failure(trouble.to_string());
        let repository = Repository::around(&folder).map_err(|trouble| {
            let own = paths.iter().filter_map(|path| Repository::around(&common_folder(std::iter::once(&**path))).ok());
            let roots: BTreeSet<_> = own.map(|own| own.root().display().to_string()).collect();
            match Vec::from_iter(roots).as_slice() {
                [one, .., other] => Failure(format!(
                    "the paths are in several git repositories, as {one} and {other}: name those of one"
                )),
                _ => told(trouble),
            }
        })?;
        if let Some(reference) = &asked.since {
            let changes = repository.since(reference).map_err(told)?;
            if changes.approximate {
                remark(format_args!(
                    "this clone is shallow and does not hold the commit at which HEAD and {reference} parted; \
                     what is not in {reference} counts as new"
                ));
            }
            selection.since = Some(changes);
            let is_hash = reference.len() >= 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
            selection.branch = if is_hash { "the other branch".to_owned() } else { reference.clone() };
        }
        selection.staged = asked.staged;
        if asked.staged {
            selection.now = Some(repository.staged().map_err(told)?);
        } else if asked.changed {
            selection.now = Some(repository.changed().map_err(told)?);
        }
        for changes in selection.since.iter().chain(&selection.now) {
            explain(format_args!(
                "compared with {} ({}): {} differ, {} gone",
                changes.base,
                changes.commit.get(..12).unwrap_or(&changes.commit),
                counted(changes.files.len(), "file"),
                changes.deleted.len()
            ));
        }
        selection.repository = Some(repository);
        selection.newest = selection.changes().map(newest_by_folder).unwrap_or_default();
        Ok(selection)
    }

    /// What the branch did: all of it, and not what is staged of it only.
    fn changes(&self) -> Option<&Changes> {
        self.since.as_ref().or(self.now.as_ref())
    }

    /// What is judged of it.
    fn now_or_since(&self) -> Option<&Changes> {
        self.now.as_ref().or(self.since.as_ref())
    }

    /// Whether only a part is judged.
    pub(super) fn is_partial(&self) -> bool {
        self.since.is_some() || self.now.is_some() || self.after.is_some()
    }

    /// Leaves out what is not asked for; what the tool runs before it stays as context.
    pub(super) fn apply(&self, found: &mut Discovered) {
        if !self.is_partial() {
            return;
        }
        let mut known = 0;
        for file in found.projects.iter_mut().flat_map(|project| &mut project.files) {
            file.judged &= self.judges(&file.path);
            known += usize::from(!file.judged);
        }
        found.projects.retain(|project| project.files.iter().any(|file| file.judged) || self.disturbs(project));
        let is_renamed =
            |path: &Path| matches!(self.now_or_since().and_then(|it| it.of(path)), Some(git::Change::Renamed { .. }));
        found.skipped.retain(|skipped| self.judges(&skipped.path) || is_renamed(&skipped.path));
        if found.projects.is_empty() {
            let base = self.now_or_since().map(|changes| format!(" since {}", changes.base));
            let counted = counted(known, "migration");
            remark(format_args!("no migration is new{}; {counted} not judged", base.unwrap_or_default()));
        }
    }

    /// Whether what is judged brings about what is said of a file that stays as it is.
    pub(super) fn brings_about(&self, file: &ProjectFile) -> bool {
        let Some(changes) = self.now_or_since().filter(|changes| !changes.approximate) else {
            return false;
        };
        let old_name = |path: &PathBuf| {
            changes.files.values().any(|change| matches!(change, git::Change::Renamed { from, .. } if from == path))
        };
        let differs = |path: &PathBuf| changes.of(path).is_some() || changes.deleted.contains(path) || old_name(path);
        !file.remarks.is_empty() && file.remarked_for.iter().any(differs)
    }

    /// Whether the branch renamed or deleted a migration of a project, or brought it out of step with its list.
    fn disturbs(&self, project: &discover::Project) -> bool {
        let changes = self.changes();
        let renamed = |path: &Path| matches!(changes.and_then(|it| it.of(path)), Some(git::Change::Renamed { .. }));
        project.files.iter().any(|file| renamed(&file.path) || self.brings_about(file))
            || !self.deleted(project).is_empty()
    }

    fn judges(&self, path: &Path) -> bool {
        let differs = |changes: &Changes| match changes.of(path) {
            Some(git::Change::Added) => true,
            Some(git::Change::Edited) => !changes.approximate,
            Some(git::Change::Renamed { same, .. }) => !same && !changes.approximate,
            None => false,
        };
        let now = self.now_or_since();
        now.is_none_or(differs) && self.is_after(path)
    }

    /// Whether the findings of a file around the migrations are asked for: the branch, the index or the working tree changed it. Where
    /// only an approximate base is known that is what is new or differs all the same: it is judged as it is now, not by its changes.
    pub(super) fn judges_around(&self, path: &Path) -> bool {
        self.now_or_since().is_none_or(|changes| changes.of(path).is_some())
    }

    /// Nothing in a name says that a file without a version was deployed.
    fn is_after(&self, path: &Path) -> bool {
        let Some(after) = &self.after else { return true };
        version(path).is_none_or(|version| version > *after)
    }

    /// Whether a file has not been deployed yet.
    pub(super) fn is_pending(&self, file: &ProjectFile) -> bool {
        let is_new = |changes: &Option<Changes>| changes.as_ref().is_some_and(|changes| changes.is_new(&file.path));
        let after = self.after.is_some() && version(&file.path).is_some() && self.is_after(&file.path);
        is_new(&self.since) || is_new(&self.now) || after
    }

    /// What is staged of a file, where that is what is judged.
    pub(super) fn content(&self, file: &ProjectFile) -> Option<Vec<u8>> {
        self.content_of(&file.path, file.judged)
    }

    /// The same of any file, given whether its findings are asked for.
    pub(super) fn content_of(&self, path: &Path, judged: bool) -> Option<Vec<u8>> {
        let repository = self.repository.as_ref().filter(|_| self.staged && judged)?;
        repository.staged_content(path)
    }

    /// What the branch did to a file, given its text now.
    pub(super) fn change(&self, file: &ProjectFile, text: &Source) -> Change {
        let Some(changes) = self.changes() else { return Change::None };
        match changes.of(&file.path) {
            None => Change::None,
            Some(git::Change::Added) => Change::Added { behind: self.newest_beside(&file.path) },
            // Where only an approximate base is known, the other branch may have edited it.
            Some(_) if changes.approximate => Change::None,
            Some(git::Change::Edited) if self.says_the_same(changes, &file.path, text) => Change::Commented,
            Some(git::Change::Edited) => Change::Edited,
            Some(git::Change::Renamed { from, .. }) => Change::Renamed { from: slashes(from) },
        }
    }

    /// The newest migration beside a file on the branch that the changes go to.
    fn newest_beside(&self, path: &Path) -> Option<String> {
        let two = self.newest.get(&folder_of(path))?;
        two.iter().find(|(_, there)| there != path).map(|(_, newest)| slashes(newest))
    }

    /// The migrations of a project that the branch deleted, or called so that the tool does not find them, as files without text.
    pub(super) fn deleted(&self, project: &discover::Project) -> Vec<File> {
        let Some(changes) = self.changes().filter(|changes| !changes.approximate) else {
            return Vec::new();
        };
        let folders: BTreeSet<_> = project.files.iter().map(|file| folder_of(&file.path)).collect();
        let of_project = |path: &&PathBuf| is_migration(path) && folders.contains(&folder_of(path));
        let runs: BTreeSet<&Path> = project.files.iter().map(|file| file.path.as_path()).collect();
        let left = changes.files.iter().filter_map(|(path, change)| match change {
            git::Change::Renamed { from, .. } if !runs.contains(path.as_path()) => Some(from),
            _ => None,
        });
        let file = |path: &PathBuf| File { change: Change::Deleted, ..Source::new(shown(path), "").into() };
        changes.deleted.iter().chain(left).filter(of_project).map(file).collect()
    }

    /// The migrations that the branch to which the changes go has added to a project meanwhile, in the order of their versions.
    pub(super) fn theirs(&self, project: &discover::Project) -> Vec<(File, Theirs)> {
        let (Some(changes), Some(repository)) = (&self.since, &self.repository) else { return Vec::new() };
        let folders: BTreeSet<_> = project.files.iter().map(|file| folder_of(&file.path)).collect();
        let of_project = |added: &&Addition| is_migration(&added.path) && folders.contains(&folder_of(&added.path));
        let mut added: Vec<&Addition> = changes.theirs.iter().filter(of_project).collect();
        if added.is_empty() || !project.files.iter().any(|file| file.judged && self.is_pending(file)) {
            return Vec::new();
        }
        added.sort_by_cached_key(|added| (version(&added.path), added.path.clone()));
        let contents = repository.contents(&changes.tip, added.iter().map(|added| added.path.as_path()));
        let file = |(added, bytes): (&&Addition, Option<Vec<u8>>)| {
            let source = Source::decode(shown(&added.path), bytes?).ok()?;
            Some((File::from(source), Theirs { branch: self.branch.clone(), commit: added.commit.clone() }))
        };
        let files: Vec<_> = added.iter().zip(contents).filter_map(file).collect();
        if files.len() < added.len() {
            let counted = counted(added.len() - files.len(), "migration");
            remark(format_args!("{counted} of {} cannot be read from git", self.branch));
        }
        files
    }

    /// Whether only comments and white space differ from the text on the other branch.
    fn says_the_same(&self, changes: &Changes, path: &Path, now: &Source) -> bool {
        let in_commit = |commit: &str| self.repository.as_ref()?.content(commit, path);
        let before = in_commit(&changes.commit).or_else(|| in_commit(&changes.tip));
        let before = before.and_then(|bytes| Source::decode("before", bytes).ok());
        before.is_some_and(|before| bare(&before) == bare(now))
    }
}

/// By folder, the two newest migrations on the branch that the changes go to: one of them may be the file that is asked about. A version of
/// more digits than all others is newer than whatever comes, for good: it is no news of any branch.
fn newest_by_folder(changes: &Changes) -> BTreeMap<String, Vec<(Version, PathBuf)>> {
    let mut folders: BTreeMap<String, Vec<(Version, &PathBuf)>> = BTreeMap::new();
    for there in changes.there.iter().filter(|there| is_sql(there)) {
        let Some(version) = version(there) else { continue };
        folders.entry(folder_of(there)).or_default().push((version, there));
    }
    let two = |mut versions: Vec<(Version, &PathBuf)>| {
        let all: Vec<_> = versions.iter().map(|(version, there)| (*there, version)).collect();
        if let Some((_, odd)) = history::odd_among(&all) {
            let odd: BTreeSet<_> = odd.into_iter().collect();
            versions.retain(|(_, there)| !odd.contains(there));
        }
        // Of two with one version, the later name counts as the newer.
        versions.sort_by(|left, right| right.cmp(left));
        versions.into_iter().take(2).map(|(version, there)| (version, there.clone())).collect()
    };
    folders.into_iter().map(|(folder, versions)| (folder, two(versions))).collect()
}

/// Whether a file that is not there is called like a migration, and not like one that undoes one.
fn is_migration(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let is_down = name == "down.sql" || name.ends_with(".down.sql") || name.ends_with(".rollback.sql");
    let undoes = name.starts_with('u') && name[1..].starts_with(|letter: char| letter.is_ascii_digit());
    name.ends_with(".sql") && !is_down && !(undoes && name.contains("__")) && version(path).is_some()
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

/// The folder in which migrations lie, each a file or a folder.
fn folder_of(path: &Path) -> String {
    history::folder(&slashes(path)).to_owned()
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A file's text without comments, and without the white space that parts no words outside quotes.
fn bare(source: &Source) -> String {
    let text = source.text();
    let mut commentless = String::with_capacity(text.len());
    let mut at = 0;
    for comment in parse(source, Dialect::Postgres).comments {
        commentless.push_str(&text[at..comment.start as usize]);
        commentless.push(' ');
        at = comment.end as usize;
    }
    commentless.push_str(&text[at..]);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let (mut bare, mut quote, mut blank) = (String::with_capacity(commentless.len()), None, false);
    for letter in commentless.chars() {
        if quote.is_none() && letter.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && is_word(letter) && bare.ends_with(is_word) {
            bare.push(' ');
        }
        blank = false;
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        bare.push(letter);
    }
    bare
}

fn version(path: &Path) -> Option<Version> {
    Version::of(&slashes(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_make_no_difference() {
        let same = |left: &str, right: &str| bare(&Source::new("a", left)) == bare(&Source::new("b", right));
        assert!(same("CREATE TABLE t (a int);", "-- why\nCREATE TABLE t(\n  a int\n) ;\n"));
        assert!(same("SELECT 'a  b';", "SELECT  'a  b' /* x */;"));
        assert!(!same("SELECT 'a  b';", "SELECT 'a b';"));
        assert!(!same("SELECT ab;", "SELECT a b;"));
        assert!(!same("SELECT 1;", "SELECT 2;"));
    }
}
