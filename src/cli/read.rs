//! Files into memory.

use super::{Failure, Input, remark};
use crate::check::{File, Project};
use crate::migration::Role;
use crate::source::{Source, Undecodable};
use crate::tool::Tool;
use rayon::prelude::*;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How standard input is asked for.
const STDIN: &str = "-";

/// The projects that a command is about, with their files in memory. `stdin_filename` is what to call standard input.
pub(super) fn projects(input: &Input, stdin_filename: Option<&Path>) -> Result<Vec<Project>, Failure> {
    if input.paths.iter().any(|path| path == Path::new(STDIN)) {
        if input.paths.len() > 1 {
            return Err(Failure("`-` (standard input) cannot stand beside other paths".to_owned()));
        }
        return standard_input(stdin_filename).map(|project| vec![project]);
    }
    let here = [PathBuf::from(".")];
    let paths = if input.paths.is_empty() { &here[..] } else { &input.paths };
    let project = plain(paths).map_err(Failure)?;
    if project.files.is_empty() {
        if input.paths.is_empty() {
            return Err(Failure("there are no SQL files below the current folder; name some".to_owned()));
        }
        let names: Vec<_> = paths.iter().map(|path| slashed(path)).collect();
        remark(format_args!("there are no SQL files in {}", names.join(", ")));
    }
    Ok(vec![project])
}

fn standard_input(name: Option<&Path>) -> Result<Project, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure(format!("standard input cannot be read: {error}")))?;
    let name = name.map_or_else(|| "<stdin>".to_owned(), slashed);
    let source = Source::decode(name.as_str(), bytes).unwrap_or_else(|why| Source::unreadable(name, why));
    let file = File { source, role: Role::Migration, judged: true, transaction: None };
    Ok(Project { root: ".".to_owned(), tool: Tool::NONE, tool_from: String::new(), files: vec![file] })
}

/// The rule documents in a folder: `<category>/<name>.md`.
pub(super) fn documents(folder: &Path) -> Result<Vec<Source>, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure(format!("{}: {error}", folder.display()));
    let mut documents = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| match error.io_error() {
            Some(cause) => unreadable(cause),
            None => unreadable(&error),
        })?;
        let path = entry.path();
        let is_document = path.extension().is_some_and(|extension| extension == "md");
        if entry.file_type().is_file() && is_document && entry.file_name() != "README.md" {
            let document = source(path);
            if let Some(why) = document.why_unreadable() {
                return Err(Failure(format!("{}: {why}", document.path())));
            }
            documents.push(document);
        }
    }
    if documents.is_empty() {
        return Err(Failure(format!("{}: no rule document (<category>/<rule>.md) in it", folder.display())));
    }
    Ok(documents)
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A file's text; one that cannot be read has none, and a finding says why.
fn source(path: &Path) -> Source {
    let name = slashed(path);
    match std::fs::read(path) {
        Ok(bytes) => Source::decode(name.as_str(), bytes).unwrap_or_else(|why| Source::unreadable(name, why)),
        Err(error) => Source::unreadable(name, Undecodable::NotRead(error.kind())),
    }
}

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
    File { source: source(path), role: Role::Migration, judged: true, transaction: None }
}
