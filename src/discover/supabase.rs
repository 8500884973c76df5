//! Supabase CLI: `supabase/migrations/<digits>_<name>.sql` in the order of the names, then the seeds of `supabase/config.toml`.

use super::view::View;
use super::{Entry, Home, Proof, manifest, names};
use crate::dialect::Dialect;
use crate::migration::Role;
use crate::tool::Tool;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// By `supabase/config.toml`, or by the path `supabase/migrations`.
pub(super) fn by_config(view: &View, folder: &Path) -> Option<Home> {
    // Whatever lies deeper, such as tests, belongs to the project too; that the tool does not run it is said then.
    let root = view.upward(folder).find(|above| {
        above.file_name().is_some_and(|name| name == "supabase")
            && (view.list(above).has("config.toml") || view.list(above).folders.iter().any(|name| name == "migrations"))
    })?;
    let config = root.join("config.toml");
    let from = if view.has(&config) { config } else { root.join("migrations") };
    Some(at(view, root, Proof::Path(from)))
}

/// The project to which `supabase/migrations`, or a folder of another name with such files, belongs.
pub(super) fn home(view: &View, folder: &Path, from: Proof) -> Home {
    let root = if folder.ends_with("migrations") { folder.parent().unwrap_or(folder) } else { folder };
    at(view, root, from)
}

fn at(view: &View, root: &Path, from: Proof) -> Home {
    let older = Tool::SUPABASE.older();
    let (tool, older) = match manifest::npm(view, root, "supabase") {
        Some((_, range)) if !manifest::allows(&range, 2, 109) => (Tool::SUPABASE_BEFORE_2_109, [].as_slice()),
        Some((_, range)) if !manifest::allows(&range, 2, 116) => (Tool::SUPABASE_BEFORE_2_116, [].as_slice()),
        Some((_, range)) if manifest::demands(&range, 2, 116) => (Tool::SUPABASE, [].as_slice()),
        Some((_, range)) if manifest::demands(&range, 2, 109) => (Tool::SUPABASE, older.get(..1).unwrap_or_default()),
        _ => (Tool::SUPABASE, older),
    };
    let config = view.manifest(&root.join("config.toml"));
    let served = strings(&config, &["api", "schemas"]);
    Home { older, served, ..Home::new(tool, root, from, files).on(Dialect::Postgres) }
}

fn files(view: &View, root: &Path) -> Vec<Entry> {
    let folder = root.join("migrations");
    let listing = view.list(&folder);
    let mut first = true;
    let mut entries: Vec<_> = listing
        .sql()
        .filter(|name| {
            let skipped = std::mem::take(&mut first) && is_old_init(name);
            !skipped && names::numbered(name).is_some()
        })
        .map(|name| Entry::new(folder.join(name), Role::Migration))
        .collect();
    entries.extend(seeds(view, root).into_iter().map(|path| Entry::new(path, Role::Seed)));
    entries
}

/// Old versions of the CLI wrote the schema of the platform itself into the first file; the CLI passes over it.
fn is_old_init(name: &str) -> bool {
    let is_init = name.ends_with("_init.sql") && names::digits(name) == 14;
    is_init && names::split_number(name).map(|(number, _)| number) < names::Number::new("20211209000000")
}

/// The files of `[db.seed] sql_paths`; by default `seed.sql`, and what a folder `seeds` holds.
fn seeds(view: &View, root: &Path) -> Vec<PathBuf> {
    let config = view.manifest(&root.join("config.toml"));
    let patterns = strings(&config, &["db", "seed", "sql_paths"])
        .unwrap_or_else(|| vec!["seed.sql".to_owned(), "seeds/*.sql".to_owned()]);
    let mut paths = Vec::new();
    for pattern in &patterns {
        let pattern = Path::new(pattern.trim_start_matches("./"));
        let (Some(folder), Some(wanted)) = (pattern.parent(), pattern.file_name().and_then(|name| name.to_str()))
        else {
            continue;
        };
        let folder = root.join(folder);
        for name in view.list(&folder).sql().filter(|name| matches(wanted, name)) {
            let path = folder.join(name);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

/// The strings of a list in `config.toml`: `[api] schemas` is `["api", "schemas"]`. `None` where it is not said, or not in TOML.
fn strings(config: &str, path: &[&str]) -> Option<Vec<String>> {
    let table = DeTable::parse(config).ok()?;
    let (last, sections) = path.split_last()?;
    let mut section = table.get_ref();
    for name in sections {
        section = section.get(*name)?.get_ref().as_table()?;
    }
    let list = section.get(*last)?.get_ref().as_array()?;
    Some(list.iter().filter_map(|it| it.get_ref().as_str().map(str::to_owned)).collect())
}

/// Whether a name fits a pattern with at most one `*`; a second one is taken for itself.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_told_by_the_configuration() {
        let config = "[db]\nsql_paths = [\"no\"]\n[db.seed]\nenabled = true\nsql_paths = [\n  \"./a.sql\", # first\n \"seeds/*.sql\"\n]\n[x]\n";
        let seed_patterns = |config: &str| strings(config, &["db", "seed", "sql_paths"]);
        assert_eq!(seed_patterns(config), Some(vec!["./a.sql".to_owned(), "seeds/*.sql".to_owned()]));
        assert_eq!(seed_patterns("[db.seed]\nsql_paths = []\n"), Some(Vec::new()));
        assert_eq!(seed_patterns("[db]\nport = 1\n"), None);
        assert_eq!(strings("[api]\nschemas = ['public', 'app']", &["api", "schemas"]).unwrap().len(), 2);
        assert!(matches("*.sql", "a.sql") && matches("a*.sql", "ab.sql") && !matches("a.sql*", "a.sq"));
    }

    #[test]
    fn the_platforms_own_first_file_is_old() {
        assert!(is_old_init("20210101000000_init.sql"));
        assert!(!is_old_init("20220101000000_init.sql"));
        assert!(!is_old_init("20210101000000_users.sql"));
    }
}
