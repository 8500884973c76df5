//! sqlx: `migrations/<digits>_<name>.sql`, or `.up.sql` and `.down.sql`, by number.

use super::view::View;
use super::{Entry, Home, Kind, Proof, manifest, names};
use crate::tool::Tool;
use std::path::Path;

/// By numbered files in a package that depends on sqlx.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    // A package with sqlx may keep other numbered files; migrations are in a folder that says so.
    folder.file_name()?.to_str().filter(|name| name.contains("migration"))?;
    let manifest = manifest::cargo(view, folder, "sqlx")?;
    Some(Home { tool: Tool::SQLX, root: folder.to_owned(), from: Proof::Manifest(manifest), kind: Kind::Runs(files) })
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    super::in_number_order(view, root, names::numbered)
}
