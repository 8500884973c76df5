//! bun (uptrace): `<1 to 14 digits>_<name>.up.sql`, `.tx.up.sql` and the same with `down`, by the text of the number.

use super::view::View;
use super::{Entry, Home, Proof, manifest, names};
use crate::migration::Role;
use crate::tool::{Tool, TransactionMode};
use std::path::Path;

/// By `.tx.up.sql`, which only bun has; or by `.up.sql` in a module that requires bun.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    let listing = view.list(folder);
    let is_up = |name: &&str| names::numbered(name).is_some() && name.ends_with(".up.sql");
    listing.sql().find(is_up)?;
    if listing.sql().any(|name| name.ends_with(".tx.up.sql")) {
        return Some(home(view, folder, Proof::Names));
    }
    let manifest = manifest::go(view, folder, "github.com/uptrace/bun")?;
    Some(home(view, folder, Proof::Manifest(manifest)))
}

/// By `--bun:split`.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(home(view, folder, from))
}

/// The project of a folder that bun runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::BUN, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let listing = view.list(root);
    let is_step = |name: &&str| name.ends_with(".up.sql") || name.ends_with(".down.sql");
    let is_down = |name: &str| name.ends_with(".down.sql");
    let mut steps: Vec<_> =
        listing.sql().filter(is_step).filter(|name| (1..=14).contains(&names::digits(name))).collect();
    // As text: 10 comes before 9.
    steps.sort_by_key(|name| (&name[..names::digits(name)], is_down(name), *name));
    let entry = |name: &str| {
        let role = if is_down(name) { Role::Down } else { Role::Migration };
        let wrapped = name.ends_with(".tx.up.sql") || name.ends_with(".tx.down.sql");
        Entry { transaction: wrapped.then_some(TransactionMode::File), ..Entry::new(root.join(name), role) }
    };
    let mut entries: Vec<_> = steps.iter().map(|name| entry(name)).collect();
    names::refuse_duplicates(&mut entries, &Tool::BUN);
    entries
}
