//! Findings that are accepted as they are: a small file beside the migrations, a line each, which merges as text does.
//!
//! ```text
//! 9a1b2c3d4e5f6071 blocking-index-build db/0002_index.sql
//! ```
//!
//! The first word is the finding's fingerprint, which stays when lines move or the statement is formatted anew; then its rule and its file,
//! for the reader and for the order of the lines.

use crate::base::Base;
use crate::diagnostic::Diagnostic;
use crate::source::Sources;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The first lines of the file.
const HEAD: &str = "\
# Findings that are accepted as they are. `shipworthy baseline` writes this file anew, without those that are gone.
";

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The finding's file, from the repository's root.
    pub path: String,
    /// The rule that spoke.
    pub rule: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
}

/// The content of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<Entry>,
}

/// A line that is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// It is one of the marks that git leaves where both sides of a merge changed a file.
    pub conflict: bool,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, conflict } = self;
        match conflict {
            true => write!(
                f,
                "line {line} is a mark of a merge conflict: delete the marks and keep the lines of both sides; \
                 `shipworthy baseline` then takes out what is gone"
            ),
            false => write!(f, "line {line} is no `<fingerprint> <rule> <file>`"),
        }
    }
}

/// What a baseline makes of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// How many findings were taken away.
    pub count: usize,
    /// The entries about files that were judged which no finding has any more.
    pub gone: Vec<Entry>,
}

impl Baseline {
    /// Reads a baseline. Lines that begin with `#` and empty lines say nothing.
    ///
    /// # Errors
    /// The first line that is no entry: a merge that left its marks, for example.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let mut entries = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end_matches('\r');
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let mut words = line.splitn(3, ' ');
            let (fingerprint, rule, path) = (words.next(), words.next(), words.next());
            let is_fingerprint = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            match (fingerprint, rule, path) {
                (Some(fingerprint), Some(rule), Some(path)) if is_fingerprint(fingerprint) => entries.insert(Entry {
                    path: path.to_owned(),
                    rule: rule.to_owned(),
                    fingerprint: fingerprint.to_owned(),
                }),
                _ => {
                    let marks = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
                    let conflict = marks.iter().any(|mark| line.starts_with(mark));
                    return Err(Malformed { line: index + 1, conflict });
                }
            };
        }
        Ok(Self { entries })
    }

    /// A baseline of findings.
    pub fn of(diagnostics: &[Diagnostic], sources: &Sources, base: &Base) -> Self {
        let entry = |diagnostic: &Diagnostic| Entry {
            path: base.from_root(sources.get(diagnostic.at.source).path()),
            rule: diagnostic.rule.to_string(),
            fingerprint: diagnostic.fingerprint.clone(),
        };
        Self { entries: diagnostics.iter().map(entry).collect() }
    }

    /// Adds the entries of another baseline about files of which `keeps` holds.
    pub fn keep(&mut self, other: &Self, keeps: impl Fn(&str) -> bool) {
        self.entries.extend(other.entries.iter().filter(|entry| keeps(&entry.path)).cloned());
    }

    /// How many findings it accepts.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it accepts nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes away what is accepted. `judged` are the files that were judged, from the repository's root.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>, judged: &BTreeSet<String>) -> Accepted {
        let mut open: BTreeMap<&str, &Entry> =
            self.entries.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        let before = diagnostics.len();
        diagnostics.retain(|diagnostic| open.remove(diagnostic.fingerprint.as_str()).is_none());
        let mut gone: Vec<_> = open.into_values().filter(|entry| judged.contains(&entry.path)).cloned().collect();
        gone.sort();
        Accepted { count: before - diagnostics.len(), gone }
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for Entry { path, rule, fingerprint } in &self.entries {
            // A name with a line break would be two lines; its fingerprint holds all the same.
            let path = path.replace(['\n', '\r'], " ");
            writeln!(f, "{fingerprint} {rule} {path}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text =
            "# by hand\r\n\n0123456789abcdef dropped-table db/b c.sql\r\nfedcba9876543210 dropped-table db/a.sql\n";
        let baseline = Baseline::read(text).unwrap();
        assert_eq!(baseline.len(), 2);
        let written = baseline.to_string();
        let lines: Vec<_> = written.lines().skip(1).collect();
        assert_eq!(lines, ["fedcba9876543210 dropped-table db/a.sql", "0123456789abcdef dropped-table db/b c.sql"]);
        assert_eq!(Baseline::read(&written), Ok(baseline));
    }

    #[test]
    fn a_broken_line_is_told() {
        for broken in ["<<<<<<< HEAD", "0123456789abcdef dropped-table", "0123 dropped-table a.sql", "x"] {
            assert_eq!(
                Baseline::read(&format!("# head\n{broken}\n")),
                Err(Malformed { line: 2, conflict: broken.starts_with('<') }),
                "{broken}"
            );
        }
    }
}
