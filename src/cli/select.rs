//! Which of the migrations that were found are judged, and which have not been deployed yet.

use super::config::common_folder;
use super::{Failure, Input, Selecting, remark};
use crate::config::Config;
use crate::discover::{Discovered, ProjectFile};
use crate::git::{Change, Changes, Repository};
use crate::history::Version;
use crate::report::text::counted;
use std::path::{Path, PathBuf};

/// What was asked for. By default everything is judged, and each file is a deployment of its own.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// `--since`.
    since: Option<Changes>,
    /// `--staged` or `--changed`.
    now: Option<Changes>,
    /// `--staged`: files are read from there.
    index: Option<Repository>,
    /// `--after`.
    after: Option<Version>,
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
        let told = |trouble: crate::git::Trouble| Failure(trouble.to_string());
        let repository = Repository::around(&folder).map_err(told)?;
        if let Some(reference) = &asked.since {
            let changes = repository.since(reference).map_err(told)?;
            if changes.approximate {
                remark(format_args!(
                    "this clone is shallow and does not hold the commit at which HEAD and {reference} parted; \
                     what is not in {reference} counts as new"
                ));
            }
            selection.since = Some(changes);
        }
        if asked.staged {
            selection.now = Some(repository.staged().map_err(told)?);
            selection.index = Some(repository);
        } else if asked.changed {
            selection.now = Some(repository.changed().map_err(told)?);
        }
        Ok(selection)
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
        found.projects.retain(|project| project.files.iter().any(|file| file.judged));
        found.skipped.retain(|skipped| self.judges(&skipped.path));
        if found.projects.is_empty() {
            let base = self.now.as_ref().or(self.since.as_ref()).map(|changes| format!(" since {}", changes.base));
            let counted = counted(known, "migration");
            remark(format_args!("no migration is new{}; {counted} not judged", base.unwrap_or_default()));
        }
    }

    fn judges(&self, path: &Path) -> bool {
        let differs = |changes: &Changes| match changes.of(path) {
            Some(Change::Added) => true,
            Some(Change::Edited) => !changes.approximate,
            Some(Change::Renamed { same, .. }) => !same && !changes.approximate,
            None => false,
        };
        let now = self.now.as_ref().or(self.since.as_ref());
        now.is_none_or(differs) && self.is_after(path)
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
        let index = self.index.as_ref().filter(|_| file.judged)?;
        index.staged_content(&file.path)
    }
}

fn version(path: &Path) -> Option<Version> {
    Version::of(&path.to_string_lossy())
}
