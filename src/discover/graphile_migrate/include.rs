//! `--!include <file>` of what is not committed yet: graphile-migrate puts the text of that file of `fixtures/` in its place, and runs nothing
//! where it cannot (`compileIncludes`).

use super::Entry;
use crate::migration::Role;
use crate::source::Span;
use crate::tool::Remark;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How deep files that include others are followed.
const DEEPEST: usize = 64;

/// Files that can be included, by where they really are.
pub(super) type Parts = BTreeMap<PathBuf, Entry>;

/// Follows each line that includes a file, or says why graphile-migrate refuses it.
pub(super) fn follow(root: &Path, entry: &mut Entry, parts: &mut Parts) {
    let Some(text) = read(&entry.path) else {
        return;
    };
    let folder = root.join("fixtures");
    for line in lines(&text) {
        let mut trail: Vec<PathBuf> = entry.path.canonicalize().into_iter().collect();
        let part = match folder.canonicalize() {
            Ok(fixtures) => part((&folder, &fixtures), line.file, &mut trail, parts),
            Err(_) => Err("there is no folder `fixtures` beside `committed`".to_owned()),
        };
        match part {
            Ok(path) => entry.includes.push((line.span.start, path)),
            Err(fault) => {
                let problem = format!("graphile-migrate refuses this line: {fault}");
                let advice = "name a file below `fixtures/`, by its path there";
                entry.remark(Remark::refused(line.span, problem, advice), [folder.join(line.file)]);
            }
        }
    }
    if let Some(at) = compiled(&text) {
        let problem = "graphile-migrate refuses this line: it writes it itself where it has included a file".to_owned();
        let advice = "write `--!include` with a file below `fixtures/`";
        entry.remark(Remark::refused(at, problem, advice), []);
    }
}

/// The file of a folder (as it is named, and where it really is) that is included behind those of a trail; or why it, or what it includes
/// in turn, cannot be. Each is looked at once.
fn part(folder: (&Path, &Path), file: &str, trail: &mut Vec<PathBuf>, parts: &mut Parts) -> Result<PathBuf, String> {
    let (named, real) = folder;
    let Ok(path) = named.join(file).canonicalize() else {
        return Err(format!("`{file}` is not in `fixtures/`"));
    };
    if trail.contains(&path) {
        return Err(format!("`{file}` would be included in itself"));
    }
    if !path.starts_with(real) {
        return Err(format!("`{file}` is outside of `fixtures/`"));
    }
    if let Some(part) = parts.get(&path) {
        return Ok(part.path.clone());
    }
    let mut entry = Entry::new(named.join(file), Role::Included);
    let text = read(&path).filter(|_| trail.len() < DEEPEST).unwrap_or_default();
    if compiled(&text).is_some() {
        return Err(format!("`{file}` has a line `--! Included` or `--! EndIncluded`, which only it may write"));
    }
    trail.push(path.clone());
    for line in lines(&text) {
        entry.includes.push((line.span.start, part(folder, line.file, trail, parts)?));
    }
    trail.pop();
    let shown = entry.path.clone();
    parts.insert(path, entry);
    Ok(shown)
}

/// What cannot be read is told when it is to be judged.
fn read(path: &Path) -> Option<String> {
    std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// A line that includes a file.
#[derive(Debug, PartialEq, Eq)]
struct Line<'t> {
    file: &'t str,
    span: Span,
}

/// The lines that include files. They begin with `--!`, and the file's name ends with `.sql`.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let blank = [' ', '\t'];
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let name = line.strip_prefix("--!")?.trim_start_matches(blank).strip_prefix("include")?;
        let file = name.trim_start_matches(blank).trim_end_matches(blank);
        let named = name.starts_with(blank) && file.ends_with(".sql");
        named.then(|| Line { file, span: Span::new(start as u32, (start + line.len()) as u32) })
    })
}

/// Where a text says that a file was included, which is said of committed ones alone.
fn compiled(text: &str) -> Option<Span> {
    text.match_indices("--!").find_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let word = rest.trim_start();
        let blank = rest.len() - word.len();
        let length = ["EndInclude", "Include"].into_iter().find(|it| word.starts_with(it))?.len();
        Some(Span::new(at as u32, (at + mark.len() + blank + length) as u32))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_includes_begins_with_its_mark_and_ends_with_a_name() {
        let text = "--!include a.sql\r\n--! include  b c.sql \nSELECT 1; --!include d.sql\n--!includee.sql\n--!include f\n--!include g.sql";
        let files: Vec<_> = lines(text).map(|line| (line.file, &text[line.span.range()])).collect();
        assert_eq!(
            files,
            [("a.sql", "--!include a.sql"), ("b c.sql", "--! include  b c.sql "), ("g.sql", "--!include g.sql")]
        );
    }

    #[test]
    fn what_the_tool_writes_is_not_written_by_hand() {
        let found = |text: &str| compiled(text).map(|span| text[span.range()].to_owned());
        assert_eq!(found("SELECT 1;\n--! EndIncluded a.sql\n").as_deref(), Some("--! EndInclude"));
        assert_eq!(found("--!Include a.sql").as_deref(), Some("--!Include"));
        assert_eq!(found("--!include a.sql\n-- Included"), None);
    }
}
