//! Fingerprints: what tells a finding apart from others, and stays the same when lines are added elsewhere.
//!
//! They are kept in files (baselines, code-scanning services), so the hash is our own and never changes: FNV-1a, 64 bits.

use crate::base::Base;
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Gives every finding of a run its fingerprint. The paths of files count from `base`'s root. `statement` is the place of a finding's statement, where it is about one.
pub fn assign(
    diagnostics: &mut [Diagnostic],
    sources: &Sources,
    base: &Base,
    statement: impl Fn(&Diagnostic) -> Option<Span>,
) {
    let mut equals: BTreeMap<u64, u64> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for diagnostic in diagnostics {
        let source = sources.get(diagnostic.at.source);
        let mut hash = Fnv::new();
        hash.part(&diagnostic.rule);
        hash.part(&base.from_root(source.path()));
        if let Some(span) = statement(diagnostic) {
            // The statement, and which of its actions.
            hash.words(source.slice(span));
            hash.words(source.slice(diagnostic.at.span));
        }
        let nth = equals.entry(hash.0).or_default();
        let mut numbered = hash;
        loop {
            numbered.number(*nth);
            *nth += 1;
            if taken.insert(numbered.0) {
                break;
            }
        }
        diagnostic.fingerprint = format!("{:016x}", numbered.0);
    }
}

/// FNV-1a with 64 bits.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// A text and an end that no text contains.
    fn part(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
        self.byte(0xff);
    }

    /// A text whose runs of white space count as one blank.
    fn words(&mut self, text: &str) {
        for word in text.split_whitespace() {
            word.bytes().for_each(|byte| self.byte(byte));
            self.byte(b' ');
        }
        self.byte(0xff);
    }

    fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::source::{Location, Source, SourceId};
    use std::sync::Arc;

    fn fingerprints(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        sources.add(Arc::new(Source::new("a.sql", text)));
        let mut diagnostics: Vec<_> = text
            .match_indices("DROP")
            .map(|(at, _)| {
                let end = text[at..].find(';').map_or(text.len(), |end| at + end);
                Diagnostic {
                    rule: "r".into(),
                    category: "c".into(),
                    severity: Severity::Note,
                    message: String::new(),
                    at: Location { source: SourceId(0), span: Span::new(at as u32, end as u32) },
                    statement: Some(0),
                    labels: Vec::new(),
                    help: Vec::new(),
                    notes: Vec::new(),
                    fix: None,
                    also: Vec::new(),
                    allow: None,
                    fingerprint: String::new(),
                }
            })
            .collect();
        assign(&mut diagnostics, &sources, &Base::default(), |diagnostic| Some(diagnostic.at.span));
        diagnostics.into_iter().map(|diagnostic| diagnostic.fingerprint).collect()
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Fnv::new();
        "foobar".bytes().for_each(|byte| hash.byte(byte));
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn lines_elsewhere_change_nothing_and_equal_statements_differ() {
        let before = fingerprints("DROP TABLE a; DROP TABLE b; DROP TABLE a;");
        assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), 3);
        let after = fingerprints("-- new\nSELECT 1;\nDROP  TABLE\na; DROP TABLE b;\nDROP TABLE a;");
        assert_eq!(before, after);
        assert_eq!(before[0].len(), 16);
    }
}
