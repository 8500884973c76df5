//! Comments that silence other linters, so that a team can switch without touching its files: what was looked at for them counts for our
//! rules that speak of the same act.
//!
//! | linter | comment | for |
//! | --- | --- | --- |
//! | squawk | `-- squawk-ignore rule, rule` | the statement |
//! | | `-- squawk-ignore-file [rule, rule]` | the file |
//! | eugene | `-- eugene: ignore [E1, W12]` | the statement |
//! | Atlas | `-- atlas:nolint [analyzer or code ...]` | the statement; above the first one and parted from it by an empty line, the file |
//! | Postgres Language Server | `-- pgls-ignore lint/safety/rule: reason` | the statement |
//! | | `-- pgls-ignore-start ...`, `-- pgls-ignore-end ...` | what stands between |
//! | | `-- pgls-ignore-all ...` | the file |
//! | sqlfluff | `-- noqa: AM04, ...` | the statement on whose line it stands |
//! | | `-- noqa: disable=AM04`, `-- noqa: enable=all` | what stands between |
//!
//! Without names, or with the linter's word for all of them, a comment silences what that linter could have said, and no more. These
//! comments belong to another tool: an unknown name, or one that silences nothing, is not ours to report.

use super::peer_rules::ROWS;
use std::collections::BTreeSet;

/// Another linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// squawk.
    Squawk,
    /// eugene.
    Eugene,
    /// `atlas migrate lint`.
    Atlas,
    /// The Postgres Language Server, formerly Postgres Tools.
    LanguageServer,
    /// sqlfluff.
    Sqlfluff,
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The statement to which it belongs.
    Statement,
    /// The statement to which it belongs; the file where it belongs to none and stands above the first.
    StatementOrFile,
    /// The statement on whose line it stands.
    Line,
    /// The file, wherever it stands.
    File,
    /// The file, where it stands above the first statement.
    Top,
    /// Everything from here on.
    From,
    /// What was silenced from somewhere on is silent up to here.
    Until,
}

/// A comment of another linter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// What it is about.
    pub(super) scope: Scope,
    /// Our rules.
    pub(super) rules: BTreeSet<&'static str>,
}

impl Peer {
    /// Our rules that speak of what the linter calls so; `None` where it is no name that we know of it.
    pub fn rules(self, name: &str) -> Option<BTreeSet<&'static str>> {
        let mut rows = ROWS.iter().filter(|(peer, names, _)| *peer == self && names.contains(&name)).peekable();
        rows.peek()?;
        Some(rows.flat_map(|(_, _, rules)| rules.iter().copied()).collect())
    }

    /// What the linter calls that of which a rule of ours speaks: several things, each with its names.
    pub fn names_of(self, rule: &str) -> impl Iterator<Item = &'static [&'static str]> {
        let rows = ROWS.iter().filter(move |(peer, _, rules)| *peer == self && rules.contains(&rule));
        rows.map(|(_, names, _)| *names)
    }

    /// Our rules that speak of what the linter could say.
    fn all(self) -> BTreeSet<&'static str> {
        ROWS.iter().filter(|(peer, ..)| *peer == self).flat_map(|(_, _, rules)| rules.iter().copied()).collect()
    }

    fn said<'n>(self, scope: Scope, names: impl Iterator<Item = &'n str>) -> Said {
        Said { scope, rules: names.flat_map(|name| self.rules(name.trim()).unwrap_or_default()).collect() }
    }
}

/// Reads a comment, with its delimiters; `None` where it says nothing to another linter.
pub(super) fn read(comment: &str) -> Option<Said> {
    let body = match comment.strip_prefix("/*") {
        Some(inner) => inner.strip_suffix("*/").unwrap_or(inner),
        None => comment.trim_start_matches(['-', '#']),
    }
    .trim();
    squawk(body)
        .or_else(|| eugene(body))
        .or_else(|| atlas(body))
        .or_else(|| language_server(body))
        .or_else(|| sqlfluff(body))
}

fn squawk(body: &str) -> Option<Said> {
    let rest = body.strip_prefix("squawk-ignore")?;
    // `-- squawk-ignore ban-drop-column -- why`.
    let rest = rest.split("--").next().unwrap_or_default();
    match rest.strip_prefix("-file") {
        Some(names) if names.trim().is_empty() => Some(Said { scope: Scope::File, rules: Peer::Squawk.all() }),
        Some(names) => Some(Peer::Squawk.said(Scope::File, names.split(','))),
        None => Some(Peer::Squawk.said(Scope::Statement, rest.split(','))),
    }
}

fn eugene(body: &str) -> Option<Said> {
    let names = body.strip_prefix("eugene:")?.trim_start().strip_prefix("ignore")?;
    let mut names = names.split([',', ' ', '\t']).filter(|name| !name.is_empty()).peekable();
    match names.peek() {
        None => Some(Said { scope: Scope::Statement, rules: Peer::Eugene.all() }),
        Some(_) => Some(Peer::Eugene.said(Scope::Statement, names)),
    }
}

fn atlas(body: &str) -> Option<Said> {
    let names = body.strip_prefix("atlas:nolint")?;
    let mut names = names.split_whitespace().peekable();
    match names.peek() {
        None => Some(Said { scope: Scope::StatementOrFile, rules: Peer::Atlas.all() }),
        Some(_) => Some(Peer::Atlas.said(Scope::StatementOrFile, names)),
    }
}

fn language_server(body: &str) -> Option<Said> {
    let rest = body.strip_prefix("pgls-ignore").or_else(|| body.strip_prefix("pgt-ignore"))?;
    let scopes = [("-all", Scope::Top), ("-start", Scope::From), ("-end", Scope::Until)];
    let scoped = scopes.into_iter().find_map(|(word, scope)| Some((scope, rest.strip_prefix(word)?)));
    let (scope, rest) = scoped.unwrap_or((Scope::Statement, rest));
    // A reason may follow behind a colon.
    let name = rest.split(':').next().unwrap_or_default().trim();
    match name.strip_prefix("lint/").unwrap_or(name) {
        // Every lint rule was in that group once.
        "lint" | "safety" => Some(Said { scope, rules: Peer::LanguageServer.all() }),
        name => Some(Peer::LanguageServer.said(scope, name.rsplit('/').take(1))),
    }
}

fn sqlfluff(body: &str) -> Option<Said> {
    // It may stand behind a comment of another kind: `-- why -- noqa: RF04`.
    let rest = body.rsplit("--").next().unwrap_or_default().trim_start().strip_prefix("noqa")?;
    let of = |scope, names: &str| match names.trim() {
        "all" => Said { scope, rules: Peer::Sqlfluff.all() },
        names => Peer::Sqlfluff.said(scope, names.split(',')),
    };
    let Some(names) = rest.trim_start().strip_prefix(':') else {
        return rest.trim().is_empty().then(|| of(Scope::Line, "all"));
    };
    let names = names.trim();
    let ranges = [("disable", Scope::From), ("enable", Scope::Until)];
    let range = ranges
        .into_iter()
        .find_map(|(word, scope)| Some(of(scope, names.strip_prefix(word)?.trim_start().strip_prefix('=')?)));
    Some(range.unwrap_or_else(|| of(Scope::Line, names)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn every_rule_of_the_table_exists() {
        let rules = RuleSet::builtin();
        for (peer, names, ours) in ROWS {
            assert!(!names.is_empty());
            for rule in *ours {
                let entry = rules.get(rule).unwrap_or_else(|| panic!("{peer:?} {names:?}: there is no rule `{rule}`"));
                assert_eq!(entry.name(), *rule, "{peer:?} {names:?}: by the name that the rule has now");
            }
        }
    }

    #[test]
    fn a_name_stands_in_one_row_unless_it_is_that_of_several_things() {
        for (at, (peer, names, _)) in ROWS.iter().enumerate() {
            let again =
                |name: &&&str| ROWS[at + 1..].iter().any(|(other, names, _)| other == peer && names.contains(name));
            let twice: Vec<_> = names.iter().filter(again).collect();
            let groups = ["destructive", "data_depend", "incompatible", "concurrent_index", "require-timeout-settings"];
            assert!(twice.iter().all(|name| groups.contains(name)), "{twice:?}");
        }
    }

    fn said(comment: &str) -> Option<(Scope, Vec<&'static str>)> {
        read(comment).map(|said| (said.scope, said.rules.into_iter().collect()))
    }

    #[test]
    fn each_linter_has_its_own_way_of_saying_it() {
        let index = || vec!["blocking-index-build", "blocking-index-build-on-partitioned-table"];
        assert_eq!(
            said("-- squawk-ignore renaming-column,renaming-table -- why"),
            Some((Scope::Statement, vec!["renamed-column", "renamed-table"]))
        );
        assert_eq!(said("/* squawk-ignore-file renaming-column */"), Some((Scope::File, vec!["renamed-column"])));
        assert_eq!(said("-- squawk-ignore"), Some((Scope::Statement, vec![])), "squawk takes that for nothing, too");
        assert_eq!(said("--eugene: ignore E6, W12"), Some((Scope::Statement, index())));
        assert_eq!(said("-- atlas:nolint PG101 BC102"), {
            let mut rules = index();
            rules.push("renamed-column");
            Some((Scope::StatementOrFile, rules))
        });
        assert_eq!(said("-- atlas:nolint incompatible").unwrap().1, ["renamed-column", "renamed-table"]);
        for name in ["renamingColumn", "lint/renamingColumn", "lint/safety/renamingColumn: it is not used"] {
            let expected = Some((Scope::Statement, vec!["renamed-column"]));
            assert_eq!(said(&format!("-- pgls-ignore {name}")), expected, "{name}");
            assert_eq!(said(&format!("-- pgt-ignore {name}")), expected, "{name}");
        }
        assert_eq!(said("-- pgls-ignore-start renamingColumn").unwrap().0, Scope::From);
        assert_eq!(said("-- pgls-ignore-end renamingColumn").unwrap().0, Scope::Until);
        assert_eq!(said("-- pgls-ignore-all renamingColumn").unwrap().0, Scope::Top);
        assert_eq!(said("-- noqa: LT01,CV05"), Some((Scope::Line, vec!["comparison-with-null"])));
        assert_eq!(said("-- why -- noqa:RF04"), Some((Scope::Line, vec!["reserved-name"])));
        assert_eq!(said("-- noqa: disable=CV05"), Some((Scope::From, vec!["comparison-with-null"])));
        assert_eq!(said("-- noqa: enable=all").unwrap().0, Scope::Until);
    }

    #[test]
    fn a_linter_silences_what_it_could_have_said_and_no_more() {
        assert!(said("-- eugene: ignore").unwrap().1.contains(&"missing-lock-timeout"));
        assert!(!said("-- eugene: ignore").unwrap().1.contains(&"dropped-table"));
        assert!(said("-- squawk-ignore-file").unwrap().1.contains(&"dropped-table"));
        assert!(!said("-- noqa").unwrap().1.contains(&"blocking-index-build"));
        assert!(said("-- pgls-ignore lint/safety: all of it").unwrap().1.contains(&"dropped-table"));
        for unknown in ["-- squawk-ignore no-such-rule", "-- eugene: ignore E99", "-- pgls-ignore typecheck"] {
            assert_eq!(said(unknown).unwrap().1, [""; 0], "{unknown}");
        }
        for other in ["-- atlas:txmode none", "-- noqaish", "-- we squawk-ignore this", "-- eugene is a name"] {
            assert_eq!(said(other), None, "{other}");
        }
    }
}
