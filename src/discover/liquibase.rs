//! Liquibase, formatted SQL: in the order in which the master changelog names the files, else by name.

use super::view::View;
use super::{Entry, Home, Proof, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::ffi::OsStr;
use std::path::Path;

/// By the first line, `--liquibase formatted sql`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that Liquibase runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::LIQUIBASE, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let mut files: Vec<_> =
        listing.sql().filter(|name| super::content::is_liquibase(&view.head(&root.join(name)))).collect();
    files.sort_by(|a, b| names::natural(OsStr::new(a), OsStr::new(b)));
    if let Some(master) = master(view, root, &files) {
        files.sort_by_key(|name| master.find(*name).unwrap_or(usize::MAX));
    }
    files.into_iter().map(|name| Entry::new(root.join(name), Role::Migration)).collect()
}

/// The nearest changelog, in the folder or one of the two above, that names one of the files.
fn master(view: &View, root: &Path, files: &[&str]) -> Option<std::rc::Rc<str>> {
    root.ancestors().take(3).find_map(|folder| {
        let listing = view.list(folder);
        let changelogs = listing.files.iter().filter(|name| {
            let lower = name.to_ascii_lowercase();
            (lower.contains("changelog") || lower.contains("master"))
                && [".xml", ".yaml", ".yml", ".json"].iter().any(|ending| lower.ends_with(ending))
        });
        changelogs
            .map(|name| view.manifest(&folder.join(name)))
            .find(|text| files.iter().any(|file| text.contains(*file)))
    })
}
