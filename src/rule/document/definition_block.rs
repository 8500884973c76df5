//! The TOML of a rule document.

use super::Mistake;
use crate::diagnostic::Severity;
use crate::effect::{COMMON_FIELDS, EffectKind, FieldSpec, FieldType, KindSpec};
use crate::rule::condition;
use crate::rule::definition::{About, Once, When};
use crate::rule::message::{BARE, Malformed, Message, SQL, sql_hole};
use crate::rule::problem;
use crate::rule::suggest::nearest;
use crate::source::Span;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What the TOML says.
pub(super) struct Definition {
    pub(super) severity: Severity,
    /// `default`, where it is written.
    pub(super) on: Option<bool>,
    pub(super) aliases: Vec<(String, Span)>,
    pub(super) message: Message,
    pub(super) label: Message,
    pub(super) help: Vec<Message>,
    pub(super) once: Option<Once>,
    pub(super) folds: Vec<(String, Span)>,
    pub(super) when: When,
}

/// Holes that are no fields: `(name, meaning)`.
pub(crate) const HOLES: [(&str, &str); 5] = [
    ("lock", "The strongest lock that the statement takes on the relation."),
    ("opt_out", "How a file leaves the migration tool's transaction, as a sentence; empty where it cannot."),
    ("opt_out_of_any", "The same for a file in which no statement refuses a transaction."),
    (
        "until",
        "When the locks of the statement go: `COMMIT`, `the statement ends`, or `its transaction ends` where no tool is known.",
    ),
    ("file", "The path of the file."),
];

const KEYS: [&str; 9] = ["severity", "default", "message", "label", "help", "once", "folds", "aliases", "when"];

struct Reader<'a> {
    /// The content of the block.
    toml: &'a str,
    /// Where that stands in the document.
    base: u32,
    mistakes: &'a mut Vec<Mistake>,
}

/// Reads the definition; `None` where mistakes were found that leave no rule.
pub(super) fn read(text: &str, block: Span, mistakes: &mut Vec<Mistake>) -> Option<Definition> {
    let mut reader = Reader { toml: &text[block.range()], base: block.start, mistakes };
    let table = match DeTable::parse(reader.toml) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            reader.say(error.span().unwrap_or(0..0), error.message().trim_end_matches('.').to_owned(), None);
            return None;
        }
    };
    for key in table.keys().filter(|key| !KEYS.contains(&&**key.get_ref())) {
        reader.unknown(key.span(), "key", key.get_ref(), &KEYS);
    }
    let value = |name: &str| table.get(name);
    let severity = reader.word(value("severity"), "severity", &Severity::ALL.map(|it| (it.name(), it)));
    let once = value("once").map(|value| reader.word(Some(value), "once", &Once::ALL.map(|it| (it.name(), it))));
    let on = value("default").map(|value| reader.word(Some(value), "default", &[("on", true), ("off", false)]));
    let mut names = |key: &str| -> Vec<(String, Span)> {
        let names = reader.strings(value(key), key);
        names.into_iter().map(|(name, range)| (name.to_owned(), reader.span(range))).collect()
    };
    let (folds, aliases) = (names("folds"), names("aliases"));
    let (when, fields) = reader.when(value("when"))?;
    let mut required = |name: &str| match value(name) {
        Some(value) => reader.message(value, name, &fields),
        None => {
            reader.say(0..0, format!("`{name}` is missing"), None);
            None
        }
    };
    let (message, label) = (required("message"), required("label"));
    let mut help = Vec::new();
    match value("help").map(|value| (value, value.get_ref())) {
        Some((_, DeValue::Array(lines))) => {
            help.extend(lines.iter().filter_map(|line| reader.message(line, "help", &fields)));
        }
        Some((value, _)) => help.extend(reader.message(value, "help", &fields)),
        None => {}
    }
    let once = match once {
        Some(once) => Some(once?),
        None => None,
    };
    let on = match on {
        Some(on) => Some(on?),
        None => None,
    };
    let (severity, message, label) = (severity?, message?, label?);
    Some(Definition { severity, on, aliases, message, label, help, once, folds, when })
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(range.start as u32, range.end as u32).shifted(self.base)
    }

    fn say(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        let at = self.span(at);
        self.mistakes.push(Mistake { at, message, help });
    }

    fn unknown(&mut self, at: Range<usize>, what: &str, name: &str, known: &[&str]) {
        let help = nearest(name, known.iter().copied())
            .map_or_else(|| format!("there is {}", known.join(", ")), |meant| format!("did you mean `{meant}`?"));
        self.say(at, format!("an unknown {what} `{name}`"), Some(help));
    }

    /// One of a list of words.
    fn word<T: Copy>(
        &mut self,
        value: Option<&Spanned<DeValue<'_>>>,
        name: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let known = || words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        let Some(value) = value else {
            self.say(0..0, format!("`{name}` is missing"), Some(format!("write `{name} = {}`", known())));
            return None;
        };
        let found = value.get_ref().as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if found.is_none() {
            self.say(value.span(), format!("`{name}` is {}", known()), None);
        }
        found.map(|(_, it)| *it)
    }

    /// A string or a list of strings.
    fn strings<'v>(&mut self, value: Option<&'v Spanned<DeValue<'_>>>, name: &str) -> Vec<(&'v str, Range<usize>)> {
        let Some(value) = value else {
            return Vec::new();
        };
        let values = match value.get_ref() {
            DeValue::Array(values) => values,
            _ => std::slice::from_ref(value),
        };
        let mut strings = Vec::new();
        for value in values {
            match value.get_ref() {
                DeValue::String(text) => strings.push((&**text, value.span())),
                _ => self.say(value.span(), format!("`{name}` is a list of names in quotes"), None),
            }
        }
        strings
    }

    fn message(&mut self, value: &Spanned<DeValue<'_>>, name: &str, fields: &[&FieldSpec]) -> Option<Message> {
        let range = value.span();
        let Some(text) = value.get_ref().as_str() else {
            self.say(range, format!("`{name}` is a text in quotes"), None);
            return None;
        };
        if text.trim().is_empty() {
            self.say(range, format!("`{name}` is empty"), None);
            return None;
        }
        if text.contains('\n') {
            self.say(range, format!("`{name}` has several lines"), Some("say it in one line".into()));
            return None;
        }
        if name != "help" && text.ends_with('.') {
            self.say(range, format!("`{name}` ends with a full stop"), Some("reports add what they need".into()));
            return None;
        }
        let message = match Message::parse(text) {
            Ok(message) => message,
            Err(malformed) => {
                let what = match malformed {
                    Malformed::Open(_) => "a `{` without its `}`",
                    Malformed::Stray(_) => "a `}` without its `{`",
                };
                self.say(range, what.into(), Some("write `{{` or `}}` for the brace itself".into()));
                return None;
            }
        };
        // Where the hole stands in the document, also if the string has escapes before it.
        let mut from = range.start;
        for hole in message.holes() {
            let written = format!("{{{hole}}}");
            let at = self.toml[from..range.end].find(&written).map(|at| from + at..from + at + written.len());
            from = at.as_ref().map_or(from, |at| at.end);
            let known = || fields.iter().map(|field| field.name).chain(HOLES.iter().map(|(name, _)| *name));
            let is_text = |field: &FieldSpec| field.ty == FieldType::Text;
            let (hole, found) =
                match hole.strip_prefix(SQL).map(|_| sql_hole(hole).0).or_else(|| hole.strip_prefix(BARE)) {
                    Some(name) => (name, fields.iter().any(|field| field.name == name && is_text(field))),
                    None => (hole, known().any(|name| name == hole)),
                };
            if !found {
                let help = nearest(hole, known()).map_or_else(
                    || format!("the holes are {}", known().collect::<Vec<_>>().join(", ")),
                    |meant| format!("did you mean `{{{meant}}}`?"),
                );
                self.say(at.unwrap_or(range.clone()), format!("there is no hole `{hole}`"), Some(help));
            }
        }
        Some(message)
    }

    /// The condition, and the fields that it could have named.
    fn when(&mut self, value: Option<&Spanned<DeValue<'_>>>) -> Option<(When, Vec<&'static FieldSpec>)> {
        let Some(value) = value else {
            let help = "write `[when]` and below it `effect = \"...\"`";
            self.say(0..0, "`[when]` is missing".into(), Some(help.into()));
            return None;
        };
        let Some(table) = value.get_ref().as_table() else {
            self.say(value.span(), "`when` is a table".into(), None);
            return None;
        };
        let about = [About::Effect, About::Problem].map(|about| Some((about, table.get(about.key())?)));
        let (about, kind) = match about {
            [Some(found), None] | [None, Some(found)] => found,
            [Some(_), Some((_, problem))] => {
                self.say(problem.span(), "`[when]` names an effect and a problem".into(), None);
                return None;
            }
            [None, None] => {
                self.say(value.span(), "`[when]` names neither an `effect` nor a `problem`".into(), None);
                return None;
            }
        };
        let specs: &'static [KindSpec] = match about {
            About::Effect => EffectKind::SPECS,
            About::Problem => problem::SPECS,
        };
        let name = kind.get_ref().as_str().unwrap_or_default();
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            let names = || specs.iter().map(|spec| spec.name);
            let help = nearest(name, names()).map_or_else(
                || format!("there is {}", names().collect::<Vec<_>>().join(", ")),
                |meant| format!("did you mean `{meant}`?"),
            );
            self.say(kind.span(), format!("there is no {} `{name}`", about.key()), Some(help));
            return None;
        };
        let common = match about {
            About::Effect => COMMON_FIELDS,
            About::Problem => problem::COMMON,
        };
        let fields: Vec<&'static FieldSpec> = spec.fields.iter().chain(common).collect();
        let mut tests = Vec::new();
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref() != about.key()) {
            let Some(field) = fields.iter().find(|field| field.name == *key.get_ref()) else {
                let names = || fields.iter().map(|field| field.name);
                let help = nearest(key.get_ref(), names()).map_or_else(
                    || format!("its fields are {}", names().collect::<Vec<_>>().join(", ")),
                    |meant| format!("did you mean `{meant}`?"),
                );
                self.say(key.span(), format!("`{name}` has no field `{}`", key.get_ref()), Some(help));
                continue;
            };
            match condition::test(field, value) {
                Ok(test) => tests.push(test),
                Err(bad) => self.say(bad.at, bad.message, Some(bad.help)),
            }
        }
        Some((When { about, kind: spec.name.into(), tests: tests.into() }, fields))
    }
}
