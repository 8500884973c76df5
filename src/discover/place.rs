//! What the user gave, and how paths near it are printed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The paths that were given, with the places that they name.
#[derive(Debug)]
pub(super) struct Places {
    current: Option<PathBuf>,
    /// A folder without links, and how the user would write it.
    folders: BTreeMap<PathBuf, PathBuf>,
    absolute: bool,
}

impl Places {
    pub(super) fn new() -> Self {
        let current = std::env::current_dir().and_then(std::fs::canonicalize).ok();
        Self { current, folders: BTreeMap::new(), absolute: false }
    }

    /// The same of a path that the user did not write: what is near it is printed as it was.
    pub(super) fn add_unsaid(&mut self, path: &Path) -> io::Result<(PathBuf, bool)> {
        let absolute = self.absolute;
        let added = self.add(path);
        self.absolute = absolute;
        added
    }

    /// Where a given path leads, without links, and whether that is a folder.
    ///
    /// # Errors
    /// Where there is nothing, or it may not be looked at.
    pub(super) fn add(&mut self, given: &Path) -> io::Result<(PathBuf, bool)> {
        let is_folder = std::fs::metadata(given)?.is_dir();
        self.absolute |= given.is_absolute();
        if is_folder {
            let path = std::fs::canonicalize(given)?;
            self.folders.entry(path.clone()).or_insert_with(|| tidy(given));
            return Ok((path, true));
        }
        // A linked file keeps the name and the folder under which it was given.
        let folder = given.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = given.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        let canonical = std::fs::canonicalize(folder)?;
        self.folders.entry(canonical.clone()).or_insert_with(|| tidy(folder));
        Ok((canonical.join(name), false))
    }

    /// A path as diagnostics print it: with `/`, beginning as the user gave it.
    pub(super) fn display(&self, path: &Path) -> String {
        let nearest = path.ancestors().find_map(|folder| Some((folder, self.folders.get(folder)?)));
        if let Some((folder, given)) = nearest
            && let Ok(rest) = path.strip_prefix(folder)
        {
            let whole: PathBuf = given.components().chain(rest.components()).collect();
            return slashed(&whole);
        }
        match &self.current {
            Some(current) if !self.absolute => slashed(&relative(path, current)),
            _ => slashed(path),
        }
    }
}

/// A path without `.` parts; empty for the current folder.
fn tidy(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

/// The way from one folder to a path, both without links.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let shared = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

/// A path with `/` between its parts; `.` where it has none.
pub(super) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return ".".to_owned();
    }
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_printed_as_it_was_given() {
        let places = |current: &str, folders: &[(&str, &str)], absolute| Places {
            current: Some(PathBuf::from(current)),
            folders: folders.iter().map(|(path, given)| (PathBuf::from(path), tidy(Path::new(given)))).collect(),
            absolute,
        };
        let here = places("/p", &[("/p/db", "./db/")], false);
        assert_eq!(here.display(Path::new("/p/db/1.sql")), "db/1.sql");
        assert_eq!(here.display(Path::new("/p/db")), "db");
        assert_eq!(here.display(Path::new("/p/Cargo.toml")), "Cargo.toml");
        assert_eq!(here.display(Path::new("/q/x.sql")), "../q/x.sql");
        assert_eq!(places("/p", &[("/p", ".")], false).display(Path::new("/p")), ".");
        assert_eq!(places("/p", &[("/q/db", "../q/db")], false).display(Path::new("/q/db/1.sql")), "../q/db/1.sql");
        assert_eq!(places("/p", &[("/q/db", "/q/db")], true).display(Path::new("/q/x.sql")), "/q/x.sql");
        let nested = places("/p", &[("/p", "."), ("/p/db", "../p/db")], false);
        assert_eq!(nested.display(Path::new("/p/db/1.sql")), "../p/db/1.sql");
    }
}
