//! Evolve: `V1_3_1__<name>.sql` by version, then `R__<name>.sql` by name. Flyway and refinery name their files so, too.

use super::view::View;
use super::{Entry, Home, Proof, flyway, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::{Path, PathBuf};

/// By Flyway's names in a project that refers to Evolve, or with one of Evolve's words in a first line.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    let named = |name: &&str| flyway::Name::read(name, &flyway::Naming::default()).is_some();
    listing.sql().find(named)?;
    if let Some(project) = project(view, folder) {
        return Some(home(view, folder, Proof::Manifest(project)));
    }
    let says_so = listing.sql().filter(named).map(|name| folder.join(name)).find(|path| {
        let head = view.head(path);
        let first = head.lines().next().unwrap_or_default().to_ascii_lowercase();
        first.contains("evolve-tx-off") || first.contains("evolve-repeat-always")
    })?;
    Some(home(view, folder, Proof::Marker("evolve-", says_so)))
}

/// The nearest C# project, or settings, that name Evolve.
fn project(view: &View, folder: &Path) -> Option<PathBuf> {
    view.upward(folder).find_map(|above| {
        let listing = view.list(above);
        let is_project = |name: &&String| name.ends_with(".csproj") || name.as_str() == "evolve.json";
        let mut projects = listing.files.iter().filter(is_project).map(|name| above.join(name));
        let names_it = |text: &str| text.contains("\"Evolve\"") || text.contains("Evolve.csproj\"");
        projects.find(|path| path.ends_with("evolve.json") || names_it(&view.manifest(path)))
    })
}

/// The location to which a folder belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::EVOLVE, &flyway::location(view, folder), from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    flyway::collect(view, root, 0, &mut found);
    let of = |wanted: char| found.iter().filter(move |(name, _)| name.prefix == wanted);
    let mut steps: Vec<_> = of('V').collect();
    steps.sort_by(|(a, a_path), (b, b_path)| (&a.version, a_path).cmp(&(&b.version, b_path)));
    let keys: Vec<_> = steps.iter().map(|(name, _)| &name.version).collect();
    let mut entries: Vec<_> = steps.iter().map(|(_, path)| Entry::new(path.clone(), Role::Migration)).collect();
    names::refuse_same(&mut entries, &keys, &Tool::EVOLVE);
    let mut repeatable: Vec<_> = of('R').map(|(_, path)| path).collect();
    repeatable.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    entries.extend(repeatable.into_iter().map(|path| Entry::new(path.clone(), Role::Repeatable)));
    entries
}
