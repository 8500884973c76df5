//! maragudk/migrate, a Go library: `<name>.up.sql` and `.down.sql`, by name; any letter stands for the first point.

use super::view::View;
use super::{Entry, Home, Proof, golang_migrate, manifest};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

const MODULES: [&str; 2] = ["github.com/maragudk/migrate", "maragu.dev/migrate"];

/// By such names in a module that requires it, unless that requires golang-migrate as well, which takes all of them.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    listing.sql().any(|name| role(name) == Some(Role::Migration)).then_some(())?;
    let manifest = MODULES.iter().find_map(|module| manifest::go(view, folder, module))?;
    let other = golang_migrate::required(view, folder).is_some() && !golang_migrate::leaves_out_many(&listing);
    (!other).then(|| home(view, folder, Proof::Manifest(manifest)))
}

/// The project of a folder that it runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::MARAGUDK, folder, from, files)
}

/// Which way a file leads, going by its name; `None`: it is not run (`upMatcher`, `downMatcher`).
fn role(name: &str) -> Option<Role> {
    let is_version = |stem: &str| {
        let mut letters = stem.chars();
        let point = letters.next_back();
        let rest = letters.as_str();
        let word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        point.is_some() && !rest.is_empty() && rest.chars().all(word)
    };
    [("up.sql", Role::Migration), ("down.sql", Role::Down)]
        .into_iter()
        .find_map(|(end, role)| name.strip_suffix(end).filter(|stem| is_version(stem)).map(|_| role))
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    // As text, the one that undoes behind the one that it undoes.
    let mut steps: Vec<_> = listing.sql().filter_map(|name| Some((name, role(name)?))).collect();
    let version = |name: &str, role| {
        let end = if role == Role::Down { "?down.sql" } else { "?up.sql" };
        name.len().checked_sub(end.len()).and_then(|end| name.get(..end)).unwrap_or(name).to_owned()
    };
    steps.sort_by_cached_key(|(name, role)| (version(name, *role), *role == Role::Down));
    steps.into_iter().map(|(name, role)| Entry::new(root.join(name), role)).collect()
}
