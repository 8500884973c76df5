//! The file system as the tools' modules see it: read once, sorted, without errors; these are kept for the end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How far up marker files and manifests are looked for.
const LEVELS: usize = 16;

/// How much of a file is read to find a marker in it, in bytes.
const HEAD: u64 = 16 * 1024;

/// How much of a manifest is read, in bytes.
const MANIFEST: u64 = 1024 * 1024;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Names of files, sorted byte by byte.
    pub(super) files: Vec<String>,
    /// Names of folders, likewise.
    pub(super) folders: Vec<String>,
}

impl Listing {
    /// Whether a file of that name is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(name)).is_ok()
    }

    /// The names of the .sql files.
    pub(super) fn sql(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|name| super::names::is_sql(Path::new(name)))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct View {
    listings: RefCell<BTreeMap<PathBuf, Rc<Listing>>>,
    manifests: RefCell<BTreeMap<PathBuf, Rc<str>>>,
    failures: RefCell<Vec<(PathBuf, io::Error)>>,
}

impl View {
    /// What a folder holds; nothing where there is no such folder.
    pub(super) fn list(&self, folder: &Path) -> Rc<Listing> {
        if let Some(listing) = self.listings.borrow().get(folder) {
            return Rc::clone(listing);
        }
        let listing = Rc::new(match read_folder(folder) {
            Ok(listing) => listing,
            Err(error) => {
                if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                    self.failures.borrow_mut().push((folder.to_owned(), error));
                }
                Listing::default()
            }
        });
        self.listings.borrow_mut().insert(folder.to_owned(), Rc::clone(&listing));
        listing
    }

    /// Whether a file is there.
    pub(super) fn has(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return false;
        };
        self.list(folder).has(name)
    }

    /// The folder and those above it, nearest first, up to the one that holds `.git`.
    pub(super) fn upward<'a>(&self, folder: &'a Path) -> impl Iterator<Item = &'a Path> + use<'a, '_> {
        let mut last = false;
        folder.ancestors().take(LEVELS).take_while(move |folder| {
            let inside = !last;
            last = inside && folder.join(".git").exists();
            inside
        })
    }

    /// Whether a folder is the top of a checkout.
    pub(super) fn is_top(&self, folder: &Path) -> bool {
        folder.join(".git").exists()
    }

    /// The nearest file of that name, in the folder or above it.
    pub(super) fn nearest(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        self.upward(folder).map(|folder| folder.join(name)).find(|path| self.has(path))
    }

    /// The beginning of a file. Empty where it cannot be read: whoever reads the whole of it will say so.
    pub(super) fn head(&self, path: &Path) -> String {
        read_start(path, HEAD).unwrap_or_default()
    }

    /// A small file that says something about the project; empty where it is not there.
    pub(super) fn manifest(&self, path: &Path) -> Rc<str> {
        if let Some(text) = self.manifests.borrow().get(path) {
            return Rc::clone(text);
        }
        let text: Rc<str> = match read_start(path, MANIFEST) {
            Ok(text) => text.into(),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.failures.borrow_mut().push((path.to_owned(), error));
                }
                "".into()
            }
        };
        self.manifests.borrow_mut().insert(path.to_owned(), Rc::clone(&text));
        text
    }

    /// What could not be read, in the order in which it was met.
    pub(super) fn failures(&self) -> Vec<(PathBuf, io::Error)> {
        self.failures.take()
    }
}

fn read_folder(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // Follows links: a linked file counts as a file.
        match entry.path().metadata() {
            Ok(metadata) if metadata.is_dir() => listing.folders.push(name),
            Ok(metadata) if metadata.is_file() => listing.files.push(name),
            _ => {}
        }
    }
    listing.files.sort();
    listing.folders.sort();
    Ok(listing)
}

fn read_start(path: &Path, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
