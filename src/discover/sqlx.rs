//! sqlx: `migrations/<digits>_<name>.sql`, or `.up.sql` and `.down.sql`, by number.

use super::view::View;
use super::{Entry, Home, Proof, Server, manifest, names};
use crate::dialect::Dialect;
use crate::tool::Tool;
use std::path::Path;

/// By numbered files in a package that depends on sqlx.
pub(super) fn by_names(view: &View, folder: &Path) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    // A package with sqlx may keep other numbered files; migrations are in a folder that says so.
    let says_so = |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().contains("migration"));
    (says_so(folder) || folder.parent().is_some_and(says_so)).then_some(())?;
    let manifest = manifest::cargo(view, folder, "sqlx")?;
    let servers = manifest::features(&view.manifest(&manifest), "sqlx", &["postgres", "mysql", "sqlite", "mssql"]);
    let home = home(view, folder, Proof::Manifest(manifest.clone()));
    let server = match servers[..] {
        ["postgres"] => Server::Dialect(Dialect::Postgres),
        ["mysql"] => Server::Dialect(Dialect::MySql),
        ["sqlite"] => Server::Dialect(Dialect::Sqlite),
        ["mssql"] => Server::Other("SQL Server"),
        // Several, or none: the folder and the files tell.
        _ => return Some(home),
    };
    Some(home.for_server(server, Proof::Path(manifest)))
}

/// By `-- no-transaction`, where files have numbers and no manifest names another tool that has such files.
pub(super) fn by_marker(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    view.list(folder).sql().any(|name| names::numbered(name).is_some()).then_some(())?;
    let other = manifest::go(view, folder, "github.com/golang-migrate/migrate").is_some();
    (!other).then(|| by_names(view, folder).unwrap_or_else(|| home(view, folder, from)))
}

/// The project of a folder that sqlx runs.
pub(super) fn home(_: &View, folder: &Path, from: Proof) -> Home {
    Home::new(Tool::SQLX, folder, from, files)
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let mut entries = super::in_number_order(view, root, names::numbered);
    names::refuse_duplicates(&mut entries, &Tool::SQLX);
    entries
}
