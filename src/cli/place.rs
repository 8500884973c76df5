//! Where the program was started.

use super::Failure;
use crate::base::Revision;
use crate::git::Repository;
use crate::report::uri::Base;
use std::path::Path;

/// The current folder and the root of its repository; without one, the folder itself.
pub(super) fn base() -> Result<Base, Failure> {
    let unknown = |error: std::io::Error| Failure(format!("the current folder is not known: {error}"));
    let folder = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(unknown)?;
    // In a work tree of another repository, `.git` is a file.
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&folder);
    Ok(Base { root: slashes(root), folder: slashes(&folder) })
}

/// The state of the repository that is looked at. On a checkout without a branch, what the job of a CI server says of it.
pub(super) fn revision(base: &Base) -> Option<Revision> {
    let mut revision = Repository::around(Path::new(&base.root)).ok()?.revision();
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    // Of a pull request its own branch; the reference of its checkout is none.
    let branch = || ["GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"].into_iter().find_map(set);
    revision.branch = revision.branch.or_else(branch);
    Some(revision)
}

/// With `/`, and without the prefix that Windows puts before a canonical path.
fn slashes(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = path.strip_prefix(r"\\?\").unwrap_or(&path);
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}
