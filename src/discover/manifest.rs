//! The manifest of the package around a project: which tool it depends on, and in which version.

use super::view::View;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// The nearest `Cargo.toml` that depends on a crate.
pub(super) fn cargo(view: &View, folder: &Path, package: &str) -> Option<PathBuf> {
    above(view, folder, "Cargo.toml", |text| {
        text.lines().any(|line| {
            let line = line.trim();
            let key = |rest: &str| rest.starts_with([' ', '=', '.']);
            let table = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
            line.strip_prefix(package).is_some_and(key)
                // The package itself, with its tests and examples.
                || line == format!("name = \"{package}\"")
                || table.is_some_and(|table| table.ends_with(&format!("dependencies.{package}")))
        })
    })
}

/// The nearest `go.mod` that requires a module.
pub(super) fn go(view: &View, folder: &Path, module: &str) -> Option<PathBuf> {
    above(view, folder, "go.mod", |text| {
        text.lines().any(|line| {
            let required = line.trim().trim_start_matches("require ").split_whitespace().next().unwrap_or_default();
            required.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

/// The nearest `package.json` that depends on a package, with the version that it asks for.
pub(super) fn npm(view: &View, folder: &Path, package: &str) -> Option<(PathBuf, String)> {
    view.upward(folder).map(|folder| folder.join("package.json")).find_map(|path| {
        let text = view.has(&path).then(|| view.manifest(&path))?;
        let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
        let version = ["dependencies", "devDependencies", "peerDependencies"]
            .iter()
            .find_map(|kind| manifest.get(kind)?.get(package)?.as_str())?;
        Some((path, version.to_owned()))
    })
}

fn above(view: &View, folder: &Path, name: &str, says_so: impl Fn(&str) -> bool) -> Option<PathBuf> {
    view.upward(folder).map(|folder| folder.join(name)).find(|path| view.has(path) && says_so(&view.manifest(path)))
}

/// Whether a range of an npm version lets a version at or above `major.minor` in. A range that is not understood does: the newest
/// is assumed.
pub(super) fn allows(range: &str, major: u64, minor: u64) -> bool {
    let (caret, rest) = match range.trim().strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, range.trim().trim_start_matches(['~', '=', 'v'])),
    };
    let mut parts = rest.split(['.', '-', '+']);
    let Some(Ok(wanted)) = parts.next().map(str::parse::<u64>) else {
        return true;
    };
    match parts.next().map(str::parse::<u64>) {
        Some(Ok(wanted_minor)) if !caret => (wanted, wanted_minor) >= (major, minor),
        _ => wanted >= major,
    }
}

/// Whether a range of an npm version lets nothing below `major.minor` in.
pub(super) fn demands(range: &str, major: u64, minor: u64) -> bool {
    let mut parts = range.trim().trim_start_matches(['^', '~', '=', 'v', '>']).split(['.', '-', '+']);
    let mut number = || parts.next()?.trim().parse::<u64>().ok();
    number().is_some_and(|wanted| (wanted, number().unwrap_or(0)) >= (major, minor))
}

/// Which of some features a `Cargo.toml` asks of a crate.
pub(super) fn features<'a>(text: &str, package: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let Ok(manifest) = DeTable::parse(text) else {
        return Vec::new();
    };
    let manifest = manifest.get_ref();
    let workspace = manifest.get("workspace").and_then(|workspace| workspace.get_ref().as_table());
    let mut asked: Vec<String> = Vec::new();
    for table in [Some(manifest), workspace].into_iter().flatten() {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependency =
                table.get(kind).and_then(|all| all.get_ref().as_table()?.get(package)?.get_ref().as_table());
            let features = dependency.and_then(|dependency| dependency.get("features")?.get_ref().as_array());
            asked.extend(
                features.into_iter().flatten().filter_map(|feature| feature.get_ref().as_str().map(str::to_owned)),
            );
        }
    }
    wanted
        .iter()
        .copied()
        .filter(|feature| asked.iter().any(|asked| asked.trim_end_matches("-bundled") == *feature))
        .collect()
}

/// The value of `key = "value"` in a TOML or INI file, wherever it stands.
pub(super) fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let value = line.trim().strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
        match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next(),
            _ => value.split(['#', ';']).next().map(str::trim),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_lets_versions_in() {
        assert!(!allows("^6.19.0", 7, 4));
        assert!(!allows("6", 7, 4));
        assert!(!allows("7.3.1", 7, 4));
        assert!(!allows("~7.3.0", 7, 4));
        assert!(allows("^7.0.0", 7, 4));
        assert!(allows("7.4.0-dev.1", 7, 4));
        assert!(allows("8", 7, 4));
        for unclear in ["latest", "*", "workspace:*", ">=6", ""] {
            assert!(allows(unclear, 7, 4), "{unclear}");
        }
    }

    #[test]
    fn a_range_demands_a_version() {
        assert!(demands("^7.4.0", 7, 4) && demands("8", 7, 4) && demands(">=7.5", 7, 4));
        assert!(!demands("^7.0.0", 7, 4) && !demands("latest", 7, 4));
    }

    #[test]
    fn features_of_a_crate() {
        let text = "[dependencies]\nsqlx = { version = \"0.8\", features = [\"postgres\", \"macros\"] }\n";
        assert_eq!(features(text, "sqlx", &["postgres", "mysql"]), ["postgres"]);
        assert_eq!(
            features("[workspace.dependencies]\nsqlx = { features = [\"sqlite\"] }", "sqlx", &["sqlite"]),
            ["sqlite"]
        );
        assert_eq!(features("no toml", "sqlx", &["sqlite"]), Vec::<&str>::new());
    }

    #[test]
    fn a_value_stands_behind_its_key() {
        let text = "# provider = \"x\"\nprovider_id = 1\nprovider = \"mysql\" # why\n top_dir = sql ; here";
        assert_eq!(value(text, "provider"), Some("mysql"));
        assert_eq!(value(text, "top_dir"), Some("sql"));
        assert_eq!(value(text, "engine"), None);
    }
}
