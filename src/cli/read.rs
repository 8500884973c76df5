//! Files into memory.

use crate::check::{File, Project};
use crate::migration::Role;
use crate::source::{Source, Undecodable};
use crate::tool::Tool;
use rayon::prelude::*;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run cannot begin.
#[derive(Debug)]
pub(super) enum ReadError {
    /// A path that was asked for does not exist.
    NoSuchPath(PathBuf),
    /// It exists, but cannot be read.
    Unreadable(PathBuf, io::Error),
    /// It is no text.
    Undecodable(PathBuf, Undecodable),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchPath(path) => write!(f, "{}: no such file or folder", path.display()),
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Undecodable(path, Undecodable::Utf16) => {
                write!(f, "{}: is UTF-16 text; shipworthy reads UTF-8", path.display())
            }
            Self::Undecodable(path, Undecodable::TooLarge) => write!(f, "{}: has 4 GiB or more", path.display()),
        }
    }
}

/// The files of the given paths, as one project of plain files: in the given order, those of a folder by name.
pub(super) fn plain(paths: &[PathBuf]) -> Result<Project, ReadError> {
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ReadError::NoSuchPath(path.clone()),
            _ => ReadError::Unreadable(path.clone(), error),
        })?;
        if kind.is_dir() {
            files.extend(sql_files(path).map_err(|error| ReadError::Unreadable(path.clone(), error))?);
        } else {
            files.push(path.clone());
        }
    }
    let files: Result<Vec<File>, ReadError> = files.par_iter().map(|path| file(path)).collect();
    Ok(Project { root: ".".to_owned(), tool: Tool::NONE, tool_from: String::new(), files: files? })
}

fn sql_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|extension| extension == "sql") {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn file(path: &Path) -> Result<File, ReadError> {
    let bytes = std::fs::read(path).map_err(|error| ReadError::Unreadable(path.to_owned(), error))?;
    let source = Source::decode(path.to_string_lossy().replace('\\', "/"), bytes)
        .map_err(|why| ReadError::Undecodable(path.to_owned(), why))?;
    Ok(File { source, role: Role::Migration, judged: true, transaction: None })
}
