//! refinery: `V<number>__<name>.sql` by number; `U` files run like them, but may come late. (In Flyway a `U` file undoes.)

use super::view::View;
use super::{Entry, Home, Proof, flyway, manifest, names};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By Flyway's names in a package that depends on refinery, or below `refinery.toml`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| flyway::Name::read(name, &flyway::Naming::default()).is_some()).then_some(())?;
    let manifest = view.nearest(folder, "refinery.toml").or_else(|| manifest::cargo(view, folder, "refinery"))?;
    Some(home(view, folder, Proof::Manifest(manifest)))
}

/// The project of a folder that refinery runs: with all folders below it.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::REFINERY, &flyway::location(view, folder), from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut files = Vec::new();
    flyway::collect(view, root, 0, &mut files);
    files.retain(|(name, _)| matches!(name.prefix, 'V' | 'U'));
    files.sort_by(|(a, a_path), (b, b_path)| (&a.version, a_path).cmp(&(&b.version, b_path)));
    let mut entries: Vec<_> = files.iter().map(|(_, path)| Entry::new(path.clone(), Role::Migration)).collect();
    let keys: Vec<_> = files.into_iter().map(|(name, _)| name.version).collect();
    names::refuse_same(&mut entries, &keys, &Tool::REFINERY);
    entries
}
