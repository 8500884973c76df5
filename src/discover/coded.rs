//! Migrations that are programs: goose and Flyway, node-pg-migrate and many a tool of one's own run them among those in SQL.

use super::view::View;
use super::{flyway, names};
use std::path::{Path, PathBuf};

/// How many folders are looked into for classes.
const FOLDERS: usize = 2_000;

/// The endings of programs in the languages of tools that take files by number.
const ENDINGS: [&str; 10] = [".go", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb", ".php"];

/// The languages of classes that Flyway finds by their names, each also the folder of its sources.
const LANGUAGES: [&str; 4] = ["java", "kotlin", "groovy", "scala"];

/// Whether migrations that are programs belong to those of a folder: numbered files beside them, or the classes of the module whose
/// resources they are.
pub(super) fn beside(view: &View, root: &Path) -> bool {
    let listing = view.list(root);
    let numbered = |name: &String| names::digits(name) > 0 && ENDINGS.iter().any(|ending| name.ends_with(ending));
    let test = |name: &String| ["_test.", ".test.", ".spec.", ".d."].iter().any(|part| name.contains(part));
    listing.files.iter().any(|name| is_class(name) || numbered(name) && !test(name)) || in_module(view, root)
}

/// `V1_2__name.java`: Flyway reads the version out of the class's name.
fn is_class(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let known = matches!(ending, "java" | "kt" | "groovy" | "scala");
    known
        && flyway::Name::read(&format!("{stem}.sql"), &flyway::Naming::default())
            .is_some_and(|name| matches!(name.prefix, 'V' | 'R'))
}

/// `src/main/java` beside the `src/main/resources` in which the folder lies.
fn in_module(view: &View, root: &Path) -> bool {
    let Some(resources) = view.upward(root).find(|above| above.file_name().is_some_and(|name| name == "resources"))
    else {
        return false;
    };
    let Some(main) = resources.parent() else { return false };
    let mut pending: Vec<PathBuf> = LANGUAGES.iter().map(|language| main.join(language)).collect();
    let mut seen = 0;
    while let Some(folder) = pending.pop() {
        seen += 1;
        if seen > FOLDERS {
            break;
        }
        let listing = view.list(&folder);
        if listing.files.iter().any(|name| is_class(name)) {
            return true;
        }
        pending.extend(listing.folders.iter().map(|name| folder.join(name)));
    }
    false
}
