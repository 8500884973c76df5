//! Files into memory.

use crate::check::{File, Project};
use crate::migration::Role;
use crate::source::{Source, Undecodable};
use crate::tool::Tool;
use rayon::prelude::*;
use std::io;
use std::path::{Path, PathBuf};

/// The files of the given paths, as one project of plain files: in the given order, those of a folder by name. A file that cannot
/// be read is one without text, and a finding says why.
///
/// # Errors
/// A sentence, where a path that was asked for does not exist or a folder cannot be listed.
pub(super) fn plain(paths: &[PathBuf]) -> Result<Project, String> {
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("{}: no such file or folder", path.display()),
            _ => format!("{}: {error}", path.display()),
        })?;
        if kind.is_dir() {
            files.extend(sql_files(path).map_err(|error| format!("{}: {error}", path.display()))?);
        } else {
            files.push(path.clone());
        }
    }
    let files = files.par_iter().map(|path| file(path)).collect();
    Ok(Project { root: ".".to_owned(), tool: Tool::NONE, tool_from: String::new(), files })
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

fn file(path: &Path) -> File {
    let name = path.to_string_lossy().replace('\\', "/");
    let source = match std::fs::read(path) {
        Ok(bytes) => Source::decode(name.as_str(), bytes).unwrap_or_else(|why| Source::unreadable(name, why)),
        Err(error) => Source::unreadable(name, Undecodable::NotRead(error.kind())),
    };
    File { source, role: Role::Migration, judged: true, transaction: None }
}
