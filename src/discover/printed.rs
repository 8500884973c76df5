//! What code-first tools print as SQL: Alembic's `upgrade --sql`, Django's `sqlmigrate`. Whoever runs it runs it as it is.

use super::view::View;
use super::{Home, Proof};
use crate::tool::Tool;
use std::path::Path;

/// By `-- Running upgrade`.
pub(super) fn by_alembic(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(alembic(view, folder, from))
}

/// By the title that Django puts above each operation.
pub(super) fn by_django(view: &View, folder: &Path, from: Proof) -> Option<Home> {
    Some(django(view, folder, from))
}

/// A folder of what Alembic printed.
pub(super) fn alembic(_: &View, folder: &Path, from: Proof) -> Home {
    Home::plain(Tool::ALEMBIC, folder, from)
}

/// A folder of what Django printed.
pub(super) fn django(_: &View, folder: &Path, from: Proof) -> Home {
    Home::plain(Tool::DJANGO, folder, from)
}

/// Whether Alembic printed a text.
pub(super) fn is_alembic(head: &str) -> bool {
    head.lines().any(|line| line.starts_with("-- Running upgrade ") || line.starts_with("-- Running downgrade "))
}

/// Whether Django printed a text: an operation's title stands between two lines of nothing but dashes.
pub(super) fn is_django(head: &str) -> bool {
    const TITLES: [&str; 9] = [
        "Create model ",
        "Delete model ",
        "Add field ",
        "Remove field ",
        "Alter field ",
        "Rename field ",
        "Alter unique_together ",
        "Raw SQL operation",
        "Create index ",
    ];
    let lines: Vec<_> = head.lines().map(str::trim_end).collect();
    lines.windows(3).any(|lines| {
        let title = lines[1].strip_prefix("-- ");
        lines[0] == "--"
            && lines[2] == "--"
            && title.is_some_and(|title| {
                TITLES.iter().any(|start| title.starts_with(start))
                    || title.contains(" constraint ") && title.contains(" on model ")
            })
    })
}
