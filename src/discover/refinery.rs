//! refinery: `V<number>__<name>.sql` by number; `U` files run like them, but may come late. (In Flyway a `U` file undoes.)

use super::view::View;
use super::{Entry, Home, Kind, Proof, flyway, manifest};
use crate::migration::Role;
use crate::tool::Tool;
use std::path::Path;

/// By Flyway's names in a package that depends on refinery, or below `refinery.toml`.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| flyway::Name::read(name).is_some()).then_some(())?;
    let manifest = view.nearest(folder, "refinery.toml").or_else(|| manifest::cargo(view, folder, "refinery"))?;
    let from = Proof::Manifest(manifest);
    Some(Home { tool: Tool::REFINERY, root: folder.to_owned(), from, kind: Kind::Runs(files) })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let mut files: Vec<_> = listing
        .sql()
        .filter_map(|file| Some((flyway::Name::read(file)?, file)))
        .filter(|(name, _)| matches!(name.prefix, 'V' | 'U'))
        .collect();
    files.sort_by(|(a, a_file), (b, b_file)| (&a.version, a_file).cmp(&(&b.version, b_file)));
    files.into_iter().map(|(_, file)| Entry::new(root.join(file), Role::Migration)).collect()
}
