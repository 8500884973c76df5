//! Comments that silence rules: `-- shipworthy: allow rule-name, other-rule reason` for a statement, `allow-file` for a file. With
//! `until 2027-01-31` before the reason they do so up to that day.
//!
//! A comment belongs to the statement inside which it stands, at whose end it stands on the same line, or directly before which
//! it stands (other comments may stand between, a blank line may not). A comment that silences nothing is reported: it would
//! silence something later that nobody has looked at. Other linters' comments count, too: [`peers`].

mod allowance;
mod peer_rules;
pub mod peers;

pub use allowance::allowance;

use crate::effect::Value;
use crate::migration::Migration;
use crate::rule::{Noticed, RuleSet};
use crate::settings::AllowPolicy;
use crate::source::{Location, Source, SourceId, Sources, Span};
use crate::surrounding::Surrounding;
use peers::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const MARK: &str = "shipworthy:";

/// The comments of a project that silence rules.
#[derive(Clone, Debug, Default)]
pub struct Allows {
    allows: Vec<Allow>,
    /// By file, statement (`None`: the whole file) and rule.
    by_place: BTreeMap<(SourceId, Option<usize>, String), Vec<usize>>,
    /// Comments that cannot silence anything.
    broken: Vec<Noticed>,
    /// What other linters' comments silence, as `by_place`.
    of_peers: BTreeSet<(SourceId, Option<usize>, &'static str)>,
    /// Statements between two such comments: disjoint, ascending.
    between: BTreeMap<(SourceId, &'static str), Vec<Range<usize>>>,
}

/// A file as its comments see it.
struct Commented<'a> {
    source: SourceId,
    comments: &'a [Span],
    /// Its statements or, where it is no migration, its passages.
    statements: Vec<Span>,
}

impl<'a> From<&'a Migration> for Commented<'a> {
    fn from(migration: &'a Migration) -> Self {
        let statements = migration.statements.iter().map(|statement| statement.span).collect();
        Self { source: migration.source, comments: &migration.comments, statements }
    }
}

impl<'a> From<&'a Surrounding> for Commented<'a> {
    fn from(surrounding: &'a Surrounding) -> Self {
        Self { source: surrounding.source, comments: &surrounding.comments, statements: surrounding.passages.clone() }
    }
}

#[derive(Clone, Debug)]
struct Allow {
    rule: String,
    /// The name in the comment.
    at: Location,
    statement: Option<usize>,
    used: bool,
}

impl Allows {
    /// Reads the comments of the files that are judged.
    pub fn read(
        migrations: &[Migration],
        surroundings: &[Surrounding],
        sources: &Sources,
        rules: &RuleSet,
        policy: &AllowPolicy,
    ) -> Self {
        let mut allows = Self::default();
        let migrations = migrations.iter().filter(|migration| migration.judged).map(Commented::from);
        let surroundings = surroundings.iter().filter(|surrounding| surrounding.judged).map(Commented::from);
        for file in migrations.chain(surroundings) {
            let source = sources.get(file.source);
            let of_peers: Vec<_> = file.comments.iter().map(|comment| peers::read(source.slice(*comment))).collect();
            let has_mark = |comment: &Span| source.slice(*comment).contains(MARK);
            if of_peers.iter().any(Option::is_some) || file.comments.iter().any(has_mark) {
                let targets = targets(&file, source);
                for (comment, target) in file.comments.iter().zip(&targets) {
                    allows.comment(&file, source, *comment, *target, (rules, policy));
                }
                allows.peers(&file, source, &of_peers, &targets);
            }
        }
        allows
    }

    /// Whether a rule is silent for a statement. Whoever asks is about to speak: the comment counts as used.
    pub fn silences(&mut self, rule: &str, source: SourceId, statement: Option<usize>) -> bool {
        let mut silenced = self.silenced_by_peer(rule, source, statement);
        if self.allows.is_empty() {
            return silenced;
        }
        let places = [Some(statement), statement.map(|_| None)];
        for place in places.into_iter().flatten() {
            for &at in self.by_place.get(&(source, place, rule.to_owned())).into_iter().flatten() {
                self.allows[at].used = true;
                silenced = true;
            }
        }
        silenced
    }

    /// The comments that had no effect. A comment for a rule that is switched off is left alone.
    pub fn unused(&self, rules: &RuleSet) -> Vec<Noticed> {
        let enabled = |allow: &&Allow| rules.get(&allow.rule).is_some_and(|entry| entry.enabled());
        let idle = self.allows.iter().filter(|allow| !allow.used).filter(enabled);
        let idle = idle.map(|allow| unused(SILENCES_NOTHING, &allow.rule, "", allow.at, allow.statement));
        self.broken.iter().cloned().chain(idle).collect()
    }

    fn silenced_by_peer(&self, rule: &str, source: SourceId, statement: Option<usize>) -> bool {
        if self.of_peers.contains(&(source, None, rule)) {
            return true;
        }
        let Some(index) = statement else { return false };
        let between = || {
            let ranges = self.between.get(&(source, rule))?;
            ranges.get(ranges.partition_point(|range| range.end <= index)).map(|range| range.start <= index)
        };
        self.of_peers.contains(&(source, statement, rule)) || between().unwrap_or(false)
    }

    /// Takes in the comments of other linters.
    fn peers(
        &mut self,
        commented: &Commented<'_>,
        source: &Source,
        said: &[Option<peers::Said>],
        targets: &[Option<usize>],
    ) {
        let (file, statements) = (commented.source, &commented.statements);
        let first = statements.first().map_or(u32::MAX, |statement| statement.start);
        // By rule, the statement from which on it is silent.
        let mut open: BTreeMap<&'static str, usize> = BTreeMap::new();
        for ((comment, said), target) in commented.comments.iter().zip(said).zip(targets) {
            let Some(said) = said else { continue };
            let at_top = comment.start < first;
            let behind = statements.partition_point(|statement| statement.end <= comment.start);
            let place = match said.scope {
                Scope::Statement => target.map(Some),
                Scope::StatementOrFile if target.is_none() && at_top => Some(None),
                Scope::StatementOrFile => target.map(Some),
                Scope::Line if begins_line(source.text(), *comment) => None,
                Scope::Line => target.map(Some),
                Scope::Top if !at_top => None,
                Scope::Top | Scope::File => Some(None),
                Scope::From => {
                    let line = target.filter(|_| !begins_line(source.text(), *comment)).unwrap_or(behind);
                    for rule in &said.rules {
                        open.entry(rule).or_insert(line.min(behind));
                    }
                    None
                }
                Scope::Until => {
                    for rule in &said.rules {
                        if let Some(from) = open.remove(rule) {
                            self.between.entry((file, rule)).or_default().push(from..behind);
                        }
                    }
                    None
                }
            };
            if let Some(place) = place {
                self.of_peers.extend(said.rules.iter().map(|rule| (file, place, *rule)));
            }
        }
        for (rule, from) in open {
            self.between.entry((file, rule)).or_default().push(from..statements.len());
        }
    }

    fn comment(
        &mut self,
        file: &Commented<'_>,
        source: &Source,
        comment: Span,
        target: Option<usize>,
        (rules, policy): (&RuleSet, &AllowPolicy),
    ) {
        let mut words = words(source, comment);
        let Some(verb) = words.next() else { return };
        let at = |span: Span| Location { source: file.source, span };
        let (first, verb_text) = (file.statements.first(), source.slice(verb));
        let statement = match verb_text {
            "allow" => target,
            "allow-file" => None,
            _ => {
                let advice = "write `allow` or `allow-file`";
                return self.broken.push(unused(UNKNOWN_WORD, verb_text, advice, at(verb), target));
            }
        };
        let mut names = Vec::new();
        // `a, b`, `a,b` and `a , b` name two rules; the first word without a comma behind it ends the list.
        let mut more = true;
        while more {
            let Some(word) = words.next() else { break };
            let text = source.slice(word);
            more = text.ends_with(',');
            let mut start = word.start;
            for name in text.split(',') {
                if !name.is_empty() {
                    names.push(Span::new(start, start + name.len() as u32));
                }
                start += name.len() as u32 + 1;
            }
            if !more && let Some(next) = words.clone().next() {
                more = source.slice(next).starts_with(',');
            }
        }
        let mut reason = words.clone();
        if reason.next().is_some_and(|word| source.slice(word) == "until") {
            let day = reason.next();
            let text = day.map(|day| source.slice(day)).unwrap_or_default();
            if !is_day(text) {
                let advice = "write the last day as in `until 2027-01-31`";
                return self.broken.push(unused(NO_DAY, text, advice, at(day.unwrap_or(verb)), target));
            }
            if policy.today.as_deref().is_some_and(|today| today > text) {
                let advice = format!("look at it again: it counted up to {text}");
                return self.broken.push(unused(EXPIRED, "", &advice, at(verb), target));
            }
            words = reason;
        }
        if policy.require_reasons && words.next().is_none() {
            self.broken.push(unused(
                UNEXPLAINED,
                "",
                "write behind the rule's name why it is right here",
                at(verb),
                target,
            ));
        }
        if names.is_empty() {
            return self.broken.push(unused(NO_RULE, "", "write the rule's name behind it", at(verb), target));
        }
        let below = || first.is_some_and(|first| first.start < comment.start);
        if verb_text == "allow-file" && below() {
            let advice = "move it above the first statement";
            return self.broken.push(unused(MISPLACED, "", advice, at(verb), target));
        }
        if verb_text == "allow" && target.is_none() {
            let advice = "write it directly above the statement, or `allow-file` at the top of the file";
            return self.broken.push(unused(NO_STATEMENT, "", advice, at(verb), None));
        }
        for span in names {
            let name = source.slice(span);
            let Some(entry) = rules.get(name) else {
                let advice = rules.nearest(name).map_or_else(String::new, |meant| format!("did you mean `{meant}`?"));
                self.broken.push(unused(UNKNOWN_RULE, name, &advice, at(span), target));
                continue;
            };
            let name = entry.name();
            let key = (file.source, statement, name.to_owned());
            self.by_place.entry(key).or_default().push(self.allows.len());
            self.allows.push(Allow { rule: name.to_owned(), at: at(span), statement, used: false });
        }
    }
}

type Reason = (&'static str, &'static str);
const SILENCES_NOTHING: Reason = ("silences-nothing", "silences nothing");
const UNKNOWN_RULE: Reason = ("unknown-rule", "names a rule that does not exist");
const NO_RULE: Reason = ("no-rule", "names no rule");
const NO_STATEMENT: Reason = ("no-statement", "belongs to no statement");
const MISPLACED: Reason = ("misplaced", "stands below the first statement");
const NO_DAY: Reason = ("no-day", "names no day behind `until`");
const EXPIRED: Reason = ("expired", "has expired");
const UNEXPLAINED: Reason = ("unexplained", "gives no reason");
const UNKNOWN_WORD: Reason = ("unknown-word", "is not understood");

fn unused(reason: Reason, rule: &str, advice: &str, at: Location, statement: Option<usize>) -> Noticed {
    let (word, display) = reason;
    let reason = Value::Word { word, display, rank: 0 };
    let fields = vec![("reason", reason), ("rule", Value::Text(rule.into())), ("advice", Value::Text(advice.into()))];
    Noticed { kind: "unused-allow", fields, at, statement }
}

/// Whether a text is a day as ISO 8601 writes it, so that days compare as texts do.
fn is_day(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day] = parts.as_slice() else { return false };
    let within = |part: &str, most: u8| part.parse::<u8>().is_ok_and(|number| (1..=most).contains(&number));
    digits(year, 4) && digits(month, 2) && digits(day, 2) && within(month, 12) && within(day, 31)
}

/// The words behind the mark, where the comment begins with it.
fn words(source: &Source, comment: Span) -> impl Iterator<Item = Span> + Clone {
    let text = source.slice(comment);
    let within = |open, close: &str| {
        let inner: &str = text.strip_prefix(open)?;
        Some(inner.strip_suffix(close).unwrap_or(inner))
    };
    // What stands around the migrations has comments of its own: `#` in shells and YAML, `//` in schemas and programs, `<!-- -->` in XML.
    let inner = within("/*", "*/").or_else(|| within("<!--", "-->"));
    let inner = inner.unwrap_or_else(|| text.trim_start_matches(['-', '#', '/', '!']));
    let rest = inner.trim_start().strip_prefix(MARK).unwrap_or_default();
    let base = comment.start as usize;
    let start = text.as_ptr() as usize;
    rest.split_whitespace().map(move |word| {
        let at = (base + (word.as_ptr() as usize - start)) as u32;
        Span::new(at, at + word.len() as u32)
    })
}

/// The statement to which each comment belongs.
fn targets(file: &Commented<'_>, source: &Source) -> Vec<Option<usize>> {
    let (text, statements, comments) = (source.text(), &file.statements, file.comments);
    let mut targets = vec![None; comments.len()];
    // What a comment directly above would belong to; from the last comment to the first.
    let mut below: Option<usize> = None;
    for at in (0..comments.len()).rev() {
        let comment = comments[at];
        let next = statements.partition_point(|statement| statement.start <= comment.start);
        let next_comment = comments.get(at + 1).map(|comment| comment.start);
        let reach = |end: u32| {
            let gap = text.get(comment.end as usize..end as usize).unwrap_or_default();
            gap.matches('\n').count() < 2
        };
        let above = match (statements.get(next).map(|statement| statement.start), next_comment) {
            (Some(statement), comment) if comment.is_none_or(|comment| statement < comment) => {
                reach(statement).then_some(next)
            }
            (_, Some(comment)) if reach(comment) => below,
            _ => None,
        };
        below = above;
        let previous = next.checked_sub(1).map(|previous| (previous, statements[previous]));
        targets[at] = match previous {
            Some((previous, span)) if comment.start < span.end => Some(previous),
            Some((previous, span)) if ends_line(text, span.end, comment) => Some(previous),
            _ => above,
        };
    }
    targets
}

/// Whether nothing but white space stands before a comment on its line.
fn begins_line(text: &str, comment: Span) -> bool {
    let before = text.get(..comment.start as usize).unwrap_or_default();
    before.rsplit('\n').next().is_none_or(|line| line.trim().is_empty())
}

/// Whether a comment stands behind a statement that ends at `end`, on the same line, and ends that line.
fn ends_line(text: &str, end: u32, comment: Span) -> bool {
    let between = text.get(end as usize..comment.start as usize).unwrap_or("\n");
    let rest = text.get(comment.end as usize..).unwrap_or_default();
    !between.contains('\n') && rest.lines().next().is_none_or(|rest| rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Role, Turn};
    use crate::statement::{Command, Statement, Verb};
    use std::sync::Arc;

    /// Statements are what ends with `;`, comments are lines from `--` and `/* */`.
    fn migration(text: &str) -> (Migration, Sources) {
        let mut sources = Sources::default();
        let id = sources.add(Arc::new(Source::new("a.sql", text)));
        let (mut statements, mut comments) = (Vec::new(), Vec::new());
        let mut start = None;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let comment = rest.strip_prefix("--").map(|_| rest.find('\n').unwrap_or(rest.len()));
            let comment = comment.or_else(|| rest.strip_prefix("/*").and_then(|_| rest.find("*/")).map(|at| at + 2));
            if let Some(length) = comment {
                comments.push(Span::new(at as u32, (at + length) as u32));
                at += length;
                continue;
            }
            match (rest.as_bytes()[0], start) {
                (b';', Some(begin)) => {
                    let span = Span::new(begin, at as u32);
                    let command = Command::Nothing(Verb { name: "SHOW".into() });
                    statements.push(Statement { span, command, guard: None });
                    start = None;
                }
                (byte, None) if !byte.is_ascii_whitespace() => start = Some(at as u32),
                _ => {}
            }
            at += 1;
        }
        let migration = Migration {
            source: id,
            role: Role::Migration,
            sections: Vec::new(),
            statements,
            comments,
            problems: Vec::new(),
            judged: true,
            pending: false,
            turn: Turn::default(),
            includes: Vec::new(),
        };
        (migration, sources)
    }

    fn policy() -> AllowPolicy {
        AllowPolicy { require_reasons: false, today: Some("2026-11-21".to_owned()) }
    }

    fn read(text: &str) -> (Allows, RuleSet) {
        let (migration, sources) = migration(text);
        let rules = RuleSet::builtin();
        (Allows::read(std::slice::from_ref(&migration), &[], &sources, &rules, &policy()), rules)
    }

    const RULE: &str = "blocking-index-build";

    #[track_caller]
    fn silences(text: &str, expected: &[usize]) {
        let (mut allows, rules) = read(text);
        let silenced: Vec<_> =
            (0..4).filter(|statement| allows.silences(RULE, SourceId(0), Some(*statement))).collect();
        assert_eq!(silenced, expected);
        assert_eq!(allows.unused(&rules).len(), 0);
    }

    fn complaint(text: &str) -> (String, String) {
        let (allows, rules) = read(text);
        let [noticed] = &allows.unused(&rules)[..] else { panic!("{:?}", allows.unused(&rules)) };
        (text[noticed.at.span.range()].to_owned(), noticed.fields[0].1.to_string())
    }

    #[test]
    fn a_comment_belongs_to_the_statement_below_around_or_before_it() {
        silences("a;\n-- shipworthy: allow blocking-index-build small table\nb;\nc;", &[1]);
        silences("a;\n-- shipworthy: allow blocking-index-build\n-- and more\nb;\nc;", &[1]);
        silences("a; -- shipworthy: allow blocking-index-build\nb;", &[0]);
        silences("a; /* shipworthy: allow blocking-index-build */ b;", &[1]);
        silences("a;\nb\n-- shipworthy: allow blocking-index-build\nc;", &[1]);
        silences("/* shipworthy: allow blocking-index-build */\na;", &[0]);
    }

    #[test]
    fn a_file_is_silenced_from_its_top() {
        silences("-- shipworthy: allow-file blocking-index-build\n\n\na; b;", &[0, 1, 2, 3]);
        let (place, why) = complaint("a;\n-- shipworthy: allow-file blocking-index-build\nb;");
        assert_eq!((&*place, &*why), ("allow-file", "stands below the first statement"));
    }

    #[test]
    fn a_comment_without_effect_is_told() {
        let expect = |text, place: &str, why: &str| assert_eq!(complaint(text), (place.to_owned(), why.to_owned()));
        expect("-- shipworthy: allow blocking-index-build\na;", RULE, "silences nothing");
        expect(
            "-- shipworthy: allow blocking-index-bild\na;",
            "blocking-index-bild",
            "names a rule that does not exist",
        );
        expect("-- shipworthy: allow\na;", "allow", "names no rule");
        expect("-- shipworthy: alow blocking-index-build\na;", "alow", "is not understood");
        expect("-- shipworthy: allow blocking-index-build\n\na;", "allow", "belongs to no statement");
        expect("a; -- shipworthy: allow x-y because\n", "x-y", "names a rule that does not exist");
    }

    #[test]
    fn an_allowance_may_end() {
        silences("-- shipworthy: allow blocking-index-build until 2026-11-21\na;", &[0]);
        silences("-- shipworthy: allow blocking-index-build until 2027-01-31 then the table is gone\na;", &[0]);
        let expect = |text, place: &str, why: &str| assert_eq!(complaint(text), (place.to_owned(), why.to_owned()));
        expect("-- shipworthy: allow blocking-index-build until 2026-11-20 why\na;", "allow", "has expired");
        expect("-- shipworthy: allow blocking-index-build until friday\na;", "friday", "names no day behind `until`");
        expect(
            "-- shipworthy: allow blocking-index-build until 2026-13-01\na;",
            "2026-13-01",
            "names no day behind `until`",
        );
        expect("-- shipworthy: allow blocking-index-build until\na;", "allow", "names no day behind `until`");
    }

    #[test]
    fn reasons_can_be_required() {
        let unexplained = |text: &str| {
            let (migration, sources) = migration(text);
            let rules = RuleSet::builtin();
            let policy = AllowPolicy { require_reasons: true, ..policy() };
            let mut allows = Allows::read(std::slice::from_ref(&migration), &[], &sources, &rules, &policy);
            assert!(allows.silences(RULE, SourceId(0), Some(0)), "it counts all the same");
            allows.unused(&rules).len()
        };
        assert_eq!(unexplained("-- shipworthy: allow blocking-index-build\na;"), 1);
        assert_eq!(unexplained("-- shipworthy: allow blocking-index-build until 2027-01-01\na;"), 1);
        assert_eq!(unexplained("-- shipworthy: allow blocking-index-build a small table\na;"), 0);
        assert_eq!(unexplained("-- shipworthy: allow blocking-index-build until 2027-01-01 a small table\na;"), 0);
    }

    #[test]
    fn other_linters_comments_count() {
        silences("a;\n-- squawk-ignore require-concurrent-index-creation\nb;\nc;", &[1]);
        silences("a;\nb;\n-- squawk-ignore-file require-concurrent-index-creation\nc;", &[0, 1, 2, 3]);
        silences("a;\n-- eugene: ignore E6\nb;", &[1]);
        silences("-- atlas:nolint PG101\na;\nb;", &[0]);
        silences("-- atlas:nolint PG101\n\na;\nb;", &[0, 1, 2, 3]);
        silences("-- pgls-ignore-all requireConcurrentIndexCreation\na;\nb;", &[0, 1, 2, 3]);
        let rule = "lint/safety/requireConcurrentIndexCreation";
        silences(&format!("a;\n-- pgls-ignore-start {rule}\nb;\nc;\n-- pgls-ignore-end {rule}\nd;"), &[1, 2]);
        silences(&format!("a;\n-- pgls-ignore-start {rule}\nb;\nc;"), &[1, 2]);
        // What silences nothing, and what nobody knows, is not ours to report.
        silences("a;\n-- squawk-ignore ban-drop-column, no-such-rule\nb;", &[]);
        silences("a; -- noqa\nb;", &[]);
    }

    #[test]
    fn sqlfluff_is_about_lines() {
        let silenced = |text: &str| {
            let (mut allows, _) = read(text);
            let silent = |at: &usize| allows.silences("comparison-with-null", SourceId(0), Some(*at));
            (0..3).filter(silent).collect::<Vec<_>>()
        };
        assert_eq!(silenced("a; -- noqa: CV05\nb;"), [0]);
        assert_eq!(silenced("a;\n-- noqa: CV05\nb;"), [0; 0]);
        assert_eq!(silenced("a;\nb -- noqa: disable=CV05\n;\nc;"), [1, 2]);
        assert_eq!(silenced("a;\n-- noqa: disable=all\nb;\n-- noqa: enable=CV05\nc;"), [1]);
    }

    #[test]
    fn several_rules_are_separated_by_commas() {
        for list in ["x, blocking-index-build", "x,blocking-index-build", "x , blocking-index-build why"] {
            let (mut allows, rules) = read(&format!("-- shipworthy: allow {list}\na;"));
            assert!(allows.silences(RULE, SourceId(0), Some(0)), "{list}");
            assert_eq!(allows.unused(&rules).len(), 1, "{list}");
        }
        let (allows, rules) = read("-- shipworthy: allow blocking-index-build blocking-index-build\na;");
        assert_eq!(allows.unused(&rules).len(), 1, "the second word is the reason");
    }
}
