//! `.squawk.toml`, in the words of `shipworthy.toml`.

use crate::cli::Failure;
use crate::config::shown;
use crate::dialect::Version;
use crate::suppress::peers::Peer;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// squawk's name for it.
const NAME: &str = ".squawk.toml";

/// What its configuration is in our words: lines of `shipworthy.toml`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Converted {
    /// `postgres`, where the version is one that we know.
    pub(super) postgres: Option<u16>,
    /// `exclude` and `in-transaction`.
    pub(super) exclude: String,
    /// `[severity]`; may be empty.
    pub(super) severity: String,
}

/// Reads the configuration that squawk would: the nearest upwards.
pub(super) fn read(folder: &Path) -> Result<Converted, Failure> {
    let Some(path) = folder.ancestors().map(|above| above.join(NAME)).find(|path| path.is_file()) else {
        return Err(Failure(format!("there is no {NAME} in {} or above", shown(folder))));
    };
    let told = |why: &dyn std::fmt::Display| Failure(format!("{}: {why}", shown(&path)));
    let text = std::fs::read_to_string(&path).map_err(|error| told(&error))?;
    convert(&text).map_err(|error| told(&error))
}

fn convert(text: &str) -> Result<Converted, toml::de::Error> {
    let table = DeTable::parse(text)?.into_inner();
    let version = table.get("pg_version").and_then(|value| value.get_ref().as_str()).unwrap_or_default();
    let major = version.split('.').next().and_then(|major| major.parse().ok());
    let known = Version::OLDEST_POSTGRES.0..=Version::NEWEST_POSTGRES.0;
    Ok(Converted {
        postgres: major.filter(|major| known.contains(major)),
        exclude: excluded(&table),
        severity: severities(&texts(&table, "excluded_rules"), &texts(&table, "included_rules")),
    })
}

fn excluded(table: &DeTable<'_>) -> String {
    let mut text = String::new();
    let paths = texts(table, "excluded_paths");
    if !paths.is_empty() {
        let quoted: Vec<_> = paths.iter().map(|path| format!("{path:?}")).collect();
        let _ = writeln!(text, "exclude = [{}]", quoted.join(", "));
    }
    if matches!(table.get("assume_in_transaction").map(|value| value.get_ref()), Some(DeValue::Boolean(true))) {
        text.push_str(
            "\n# squawk's assume_in_transaction. Where a migration tool is recognised, what that tool does counts.\n\
             in-transaction = true\n",
        );
    }
    text
}

/// A rule of ours is off if all rules of squawk's that speak of the same are.
fn severities(excluded: &[&str], included: &[&str]) -> String {
    let mut lines: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    let mut unknown: Vec<(&str, &str)> = Vec::new();
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for name in excluded {
        match Peer::Squawk.rules(name) {
            None => unknown.push((name, "is no rule of squawk's")),
            Some(rules) if rules.is_empty() => unknown.push((name, "has no counterpart here")),
            Some(rules) => {
                for rule in rules {
                    let is_excluded = |names: &&[&str]| names.iter().any(|name| excluded.contains(name));
                    match Peer::Squawk.names_of(rule).find(|names| !is_excluded(names)) {
                        None => lines.entry(rule).or_default().push(name),
                        Some(other) => kept.push((rule, other.first().copied().unwrap_or_default())),
                    }
                }
            }
        }
    }
    let mut text = String::new();
    for (rule, names) in &lines {
        let _ = writeln!(text, "{:<44} # {}", format!("{rule} = \"off\""), names.join(", "));
    }
    for name in included {
        for rule in Peer::Squawk.rules(name).unwrap_or_default() {
            if !lines.contains_key(rule) {
                let _ = writeln!(text, "{:<44} # {name}", format!("{rule} = \"on\""));
            }
        }
    }
    kept.dedup();
    for (rule, name) in kept {
        let _ = writeln!(text, "# {rule} stays on: {name} is about that, too");
    }
    for (name, why) in unknown {
        let _ = writeln!(text, "# {name} {why}");
    }
    if text.is_empty() { text } else { format!("[severity]\n{text}") }
}

fn texts<'t>(table: &'t DeTable<'_>, key: &str) -> Vec<&'t str> {
    let values = match table.get(key).map(|value| value.get_ref()) {
        Some(DeValue::Array(values)) => values.iter().collect(),
        _ => Vec::new(),
    };
    values.into_iter().filter_map(|value| value.get_ref().as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_configuration_is_converted() {
        let converted = convert(
            r#"
            pg_version = "13.4"
            excluded_rules = ["ban-drop-column", "adding-foreign-key-constraint", "require-table-schema", "nonsense"]
            included_rules = ["require-timeout-settings"]
            excluded_paths = ["005_user_ids.sql", "*old.sql"]
            assume_in_transaction = true
            [upload_to_github]
            fail_on_violations = true
            "#,
        )
        .unwrap();
        assert_eq!(converted.postgres, Some(13));
        assert!(converted.exclude.starts_with("exclude = [\"005_user_ids.sql\", \"*old.sql\"]\n"));
        assert!(converted.exclude.ends_with("\nin-transaction = true\n"));
        let lines: Vec<_> =
            converted.severity.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected = [
            "[severity]",
            "dropped-column = \"off\" # ban-drop-column",
            "guard-dropped-with-column = \"off\" # ban-drop-column",
            "missing-lock-timeout = \"on\" # require-timeout-settings",
            "missing-statement-timeout = \"on\" # require-timeout-settings",
            "# blocking-foreign-key stays on: constraint-missing-not-valid is about that, too",
            "# blocking-foreign-key-on-partitions stays on: constraint-missing-not-valid is about that, too",
            "# require-table-schema has no counterpart here",
            "# nonsense is no rule of squawk's",
        ];
        assert_eq!(lines, expected);
        let both = "excluded_rules = [\"adding-foreign-key-constraint\", \"constraint-missing-not-valid\"]";
        assert!(convert(both).unwrap().severity.contains("blocking-foreign-key = \"off\""));
    }

    #[test]
    fn what_is_not_said_is_not_written() {
        assert_eq!(convert("").unwrap(), Converted::default());
        assert_eq!(convert("pg_version = \"9.6\"").unwrap().postgres, None);
        assert!(convert("pg_version = ").is_err());
    }
}
