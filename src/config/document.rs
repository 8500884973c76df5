//! What a configuration file says, as written. Every mistake is found and has its exact place.

use super::Level;
use super::schema::{self, Table};
use crate::diagnostic::Severity;
use crate::dialect::{Dialect, Version};
use crate::rule::nearest;
use crate::settings::TableSize;
use crate::source::Span;
use crate::tool::Tool;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// In which file the configuration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of its own.
    Own,
    /// In `[tool.shipworthy]`.
    PyProject,
}

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Its place in the file.
    pub at: Span,
}

/// The severities of rules and categories in the order of the file.
pub type Severities = Vec<(Written<String>, Written<Level>)>;

/// See [`schema::TOP`] for what each means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The file's text.
    pub text: String,
    /// `postgres`.
    pub postgres: Option<Written<u16>>,
    /// `tool`.
    pub tool: Option<Written<Tool>>,
    /// `dialect`.
    pub dialect: Option<Written<Dialect>>,
    /// `in-transaction`.
    pub in_transaction: Option<Written<bool>>,
    /// `paths`.
    pub paths: Vec<Written<String>>,
    /// `exclude`.
    pub exclude: Vec<Written<String>>,
    /// `rules`.
    pub rules: Vec<Written<String>>,
    /// `fail-on`; `None` inside: never.
    pub fail_on: Option<Written<Option<Severity>>>,
    /// `baseline`.
    pub baseline: Option<Written<String>>,
    /// `after`.
    pub after: Option<Written<String>>,
    /// `require-reasons`.
    pub require_reasons: Option<Written<bool>>,
    /// `surroundings`.
    pub surroundings: Option<Written<bool>>,
    /// `[tables]`.
    pub tables: Vec<(Written<String>, Written<TableSize>)>,
    /// `exposed-schemas`; `None`: it is not there.
    pub exposed_schemas: Option<Vec<Written<String>>>,
    /// `timeouts.lock`.
    pub lock_timeout: Option<Written<String>>,
    /// `timeouts.statement`.
    pub statement_timeout: Option<Written<String>>,
    /// `[severity]`.
    pub severity: Severities,
    /// `[[override]]`.
    pub overrides: Vec<Override>,
}

/// What is otherwise for some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// Patterns of the files.
    pub paths: Vec<Written<String>>,
    /// How bad rules are there.
    pub severity: Severities,
    /// The migration tool that runs them.
    pub tool: Option<Written<Tool>>,
    /// The server that they are for.
    pub dialect: Option<Written<Dialect>>,
}

/// Something that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Span,
    /// What; one sentence without a full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Reads a configuration; `None` where the file has mistakes that leave none, or is a `pyproject.toml` that says nothing about shipworthy.
pub fn read(text: &str, place: Place) -> (Option<Document>, Vec<Mistake>) {
    let mut reader = Reader { mistakes: Vec::new() };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            // Another tool's mistake is not ours to tell, unless it hides what is said to us.
            let mentions = place == Place::Own || text.contains("tool.shipworthy");
            if mentions {
                let message = error.message().trim_end_matches('.').lines().next().unwrap_or_default();
                reader.say(error.span().unwrap_or(0..0), format!("this is no TOML: {message}"), None);
            }
            return (None, reader.mistakes);
        }
    };
    let own = match place {
        Place::Own => Some(&table),
        Place::PyProject => {
            let tool = table.get("tool").and_then(|tool| tool.get_ref().as_table());
            tool.and_then(|tool| tool.get("shipworthy")).and_then(|own| own.get_ref().as_table())
        }
    };
    let Some(own) = own else {
        return (None, reader.mistakes);
    };
    let mut document = Document { text: text.to_owned(), ..Document::default() };
    reader.document(own, &mut document);
    (Some(document), reader.mistakes)
}

struct Reader {
    mistakes: Vec<Mistake>,
}

type Value<'v> = Spanned<DeValue<'v>>;

impl Reader {
    fn document(&mut self, table: &DeTable<'_>, document: &mut Document) {
        self.known_keys(table, schema::TOP);
        document.postgres = table.get("postgres").and_then(|value| self.major(value));
        document.tool = table.get("tool").and_then(|value| self.tool(value));
        document.dialect = table.get("dialect").and_then(|value| self.dialect(value));
        document.in_transaction = table.get("in-transaction").and_then(|value| self.flag(value, "in-transaction"));
        document.paths = self.texts(table.get("paths"), "paths");
        document.exclude = self.texts(table.get("exclude"), "exclude");
        document.rules = self.texts(table.get("rules"), "rules");
        document.fail_on = table.get("fail-on").and_then(|value| self.fail_on(value));
        document.baseline = table.get("baseline").and_then(|value| self.text(value, "baseline"));
        document.after = table.get("after").and_then(|value| self.text(value, "after"));
        document.surroundings = table.get("surroundings").and_then(|value| self.flag(value, "surroundings"));
        document.require_reasons = table.get("require-reasons").and_then(|value| self.flag(value, "require-reasons"));
        if let Some(timeouts) = table.get("timeouts").and_then(|value| self.table(value, "timeouts")) {
            self.known_keys(timeouts, schema::TIMEOUTS);
            document.lock_timeout = timeouts.get("lock").and_then(|value| self.duration(value, "lock"));
            document.statement_timeout = timeouts.get("statement").and_then(|value| self.duration(value, "statement"));
        }
        document.tables = self.sizes(table.get("tables"));
        document.exposed_schemas = table.get("exposed-schemas").map(|value| self.texts(Some(value), "exposed-schemas"));
        document.severity = self.severities(table.get("severity"));
        if let Some(value) = table.get("override") {
            document.overrides = self.overrides(value);
        }
    }

    fn overrides(&mut self, value: &Value<'_>) -> Vec<Override> {
        let DeValue::Array(entries) = value.get_ref() else {
            self.say(
                value.span(),
                "`override` is a list".into(),
                Some("write `[[override]]`, with both brackets".into()),
            );
            return Vec::new();
        };
        let mut overrides = Vec::new();
        for entry in entries.iter() {
            let Some(table) = self.table(entry, "override") else { continue };
            self.known_keys(table, schema::OVERRIDE);
            // One that is misspelt has been told.
            let misspelt = |key: &str| {
                key != "paths" && nearest(key, schema::OVERRIDE.iter().map(|key| key.name)) == Some("paths")
            };
            if table.get("paths").is_none() && !table.keys().any(|key| misspelt(key.get_ref())) {
                self.say(entry.span(), "`paths` is missing".into(), Some("name the files that it is about".into()));
            }
            overrides.push(Override {
                paths: self.texts(table.get("paths"), "paths"),
                severity: self.severities(table.get("severity")),
                tool: table.get("tool").and_then(|value| self.tool(value)),
                dialect: table.get("dialect").and_then(|value| self.dialect(value)),
            });
        }
        overrides
    }

    fn known_keys(&mut self, table: &DeTable<'_>, known: Table) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.iter().any(|known| known.name == name) {
                continue;
            }
            let names = || known.iter().map(|key| key.name);
            let help = match nearest(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                // A key of another table, at the wrong place.
                None => match schema::home_of(name) {
                    Some(home) => format!("it belongs under `{home}`"),
                    None => format!("there is {}", names().collect::<Vec<_>>().join(", ")),
                },
            };
            self.say(key.span(), format!("there is no key `{name}` here"), Some(help));
        }
    }

    fn table<'v, 't>(&mut self, value: &'v Value<'t>, name: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.say(
                value.span(),
                format!("`{name}` is a table"),
                Some(format!("write `[{name}]` and its keys below")),
            );
        }
        table
    }

    fn severities(&mut self, value: Option<&Value<'_>>) -> Severities {
        let Some(table) = value.and_then(|value| self.table(value, "severity")) else {
            return Vec::new();
        };
        let mut severities = Vec::new();
        for (key, value) in table {
            let level =
                value.get_ref().as_str().and_then(|text| Level::ALL.into_iter().find(|level| level.name() == text));
            match level {
                Some(level) => {
                    severities.push((written(key.get_ref().to_string(), key.span()), written(level, value.span())))
                }
                None => {
                    let words = Level::ALL.map(|level| format!("\"{}\"", level.name()));
                    self.say(value.span(), format!("a severity is one of {}", words.join(", ")), None);
                }
            }
        }
        // The table sorts its keys; the file has an order of its own.
        severities.sort_by_key(|(name, _)| name.at);
        severities
    }

    fn sizes(&mut self, value: Option<&Value<'_>>) -> Vec<(Written<String>, Written<TableSize>)> {
        let Some(table) = value.and_then(|value| self.table(value, "tables")) else {
            return Vec::new();
        };
        let mut sizes = Vec::new();
        for (key, value) in table {
            let size = match value.get_ref() {
                DeValue::String(text) => TableSize::read(text),
                DeValue::Integer(rows) => TableSize::read(rows.as_str()),
                _ => None,
            };
            match size {
                Some(size) => {
                    sizes.push((written(key.get_ref().to_string(), key.span()), written(size, value.span())));
                }
                None => {
                    let dotted = matches!(value.get_ref(), DeValue::Table(_));
                    let help = match dotted {
                        true => format!(
                            "write a qualified name in quotes, as in `\"{}.orders\" = \"large\"`",
                            key.get_ref()
                        ),
                        false => "the units are k, M and B".to_owned(),
                    };
                    let message = "a size is \"small\", \"large\" or a number of rows, as in \"400M\"".to_owned();
                    self.say(value.span(), message, Some(help));
                }
            }
        }
        // The table sorts its keys; the file has an order of its own.
        sizes.sort_by_key(|(name, _)| name.at);
        sizes
    }

    fn major(&mut self, value: &Value<'_>) -> Option<Written<u16>> {
        let (oldest, newest) = (Version::OLDEST_POSTGRES.0, Version::NEWEST_POSTGRES.0);
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let known = number.filter(|number| (oldest..=newest).contains(number));
        if known.is_none() {
            let message = format!("`postgres` is a major version, {oldest} to {newest}");
            self.say(value.span(), message, Some(format!("as in `postgres = {newest}`")));
        }
        Some(written(known?, value.span()))
    }

    fn tool(&mut self, value: &Value<'_>) -> Option<Written<Tool>> {
        let text = value.get_ref().as_str().unwrap_or_default();
        let tool = Tool::of_version(text);
        if tool.is_none() {
            let names = || Tool::ALL.iter().map(|tool| tool.name);
            let help = nearest(text, names()).map(|meant| format!("did you mean `{meant}`?"));
            let all = || format!("there is {}", names().collect::<Vec<_>>().join(", "));
            self.say(value.span(), format!("there is no migration tool `{text}`"), Some(help.unwrap_or_else(all)));
        }
        Some(written(tool?, value.span()))
    }

    fn dialect(&mut self, value: &Value<'_>) -> Option<Written<Dialect>> {
        let dialect = value.get_ref().as_str().and_then(Dialect::named);
        if dialect.is_none() {
            let message = "`dialect` is \"postgres\", \"mysql\" or \"sqlite\"".to_owned();
            self.say(value.span(), message, None);
        }
        Some(written(dialect?, value.span()))
    }

    fn fail_on(&mut self, value: &Value<'_>) -> Option<Written<Option<Severity>>> {
        let text = value.get_ref().as_str().unwrap_or_default();
        let severity = Severity::from_name(text);
        if severity.is_none() && text != "never" {
            let message = "`fail-on` is \"error\", \"warning\", \"note\" or \"never\"".to_owned();
            self.say(value.span(), message, None);
            return None;
        }
        Some(written(severity, value.span()))
    }

    /// How long, as PostgreSQL writes it (manual, "Parameter Names and Values"): a number of milliseconds, or with a unit.
    fn duration(&mut self, value: &Value<'_>, name: &str) -> Option<Written<String>> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => String::new(),
        };
        let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let is_number = unit.len() < text.len();
        if !is_number || !matches!(unit.trim(), "" | "us" | "ms" | "s" | "min" | "h" | "d") {
            let help = "as in `lock = \"2s\"`; the units are us, ms, s, min, h and d".to_owned();
            self.say(value.span(), format!("`{name}` is no length of time"), Some(help));
            return None;
        }
        Some(written(text, value.span()))
    }

    fn flag(&mut self, value: &Value<'_>, name: &str) -> Option<Written<bool>> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(written(*flag, value.span())),
            _ => {
                self.say(value.span(), format!("`{name}` is true or false, without quotes"), None);
                None
            }
        }
    }

    fn text(&mut self, value: &Value<'_>, name: &str) -> Option<Written<String>> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(written(text.to_string(), value.span())),
            _ => {
                self.say(value.span(), format!("`{name}` is a text in quotes"), None);
                None
            }
        }
    }

    fn texts(&mut self, value: Option<&Value<'_>>, name: &str) -> Vec<Written<String>> {
        let Some(value) = value else {
            return Vec::new();
        };
        let values = match value.get_ref() {
            DeValue::Array(values) => values,
            _ => std::slice::from_ref(value),
        };
        values.iter().filter_map(|value| self.text(value, name)).collect()
    }

    fn say(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        self.mistakes.push(Mistake { at: span(at), message, help });
    }
}

fn span(range: Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

fn written<T>(value: T, at: Range<usize>) -> Written<T> {
    Written { value, at: span(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mistake as the text that it points at, what is said of it, and what would be right.
    fn mistakes(text: &str) -> Vec<String> {
        let (_, mistakes) = read(text, Place::Own);
        mistakes
            .iter()
            .map(|mistake| {
                let help = mistake.help.as_deref().unwrap_or("-");
                format!("{} | {} | {help}", &text[mistake.at.range()], mistake.message)
            })
            .collect()
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
            postgres = 14
            in-transaction = true
            paths = "db"
            exclude = ["a", "b/**"]
            rules = ["ops/rules"]
            fail-on = "never"
            baseline = "accepted.txt"
            after = "20260101"
            require-reasons = true
            timeouts = { lock = "2s", statement = 30000 }
            exposed-schemas = ["public", "api"]
            tables = { orders = "400M", countries = 250, "audit_*" = "large" }
            severity = { style = "note", blocking-check = "off" }
            [[override]]
            paths = ["legacy"]
            severity = { locking = "warning" }
        "#;
        let (document, mistakes) = read(text, Place::Own);
        assert_eq!(mistakes, []);
        let document = document.unwrap();
        let texts = |written: &[Written<String>]| written.iter().map(|it| it.value.clone()).collect::<Vec<_>>();
        assert_eq!(document.postgres.unwrap().value, 14);
        assert!(document.in_transaction.unwrap().value);
        assert_eq!(texts(&document.paths), ["db"]);
        assert_eq!(texts(&document.exclude), ["a", "b/**"]);
        assert_eq!(texts(&document.rules), ["ops/rules"]);
        assert_eq!(document.fail_on.unwrap().value, None);
        assert_eq!(document.baseline.unwrap().value, "accepted.txt");
        assert_eq!(document.after.unwrap().value, "20260101");
        assert!(document.require_reasons.unwrap().value);
        assert_eq!(document.lock_timeout.unwrap().value, "2s");
        assert_eq!(document.statement_timeout.unwrap().value, "30000");
        assert_eq!(texts(&document.exposed_schemas.unwrap()), ["public", "api"]);
        let sizes: Vec<_> =
            document.tables.iter().map(|(name, size)| (name.value.as_str(), &*size.value.told)).collect();
        assert_eq!(sizes, [("orders", "400M rows"), ("countries", "250 rows"), ("audit_*", "large")]);
        let levels: Vec<_> = document.severity.iter().map(|(name, level)| (name.value.as_str(), level.value)).collect();
        assert_eq!(levels, [("style", Level::At(Severity::Note)), ("blocking-check", Level::Off)]);
        assert_eq!(texts(&document.overrides[0].paths), ["legacy"]);
        assert_eq!(document.overrides[0].severity[0].1.value, Level::At(Severity::Warning));
    }

    #[test]
    fn mistakes_have_their_places_and_say_what_would_be_right() {
        assert_eq!(
            mistakes("postgers = 15"),
            ["postgers | there is no key `postgers` here | did you mean `postgres`?"]
        );
        assert_eq!(mistakes("lock = \"2s\""), ["lock | there is no key `lock` here | it belongs under `[timeouts]`"]);
        for value in ["10", "19", "\"15\"", "15.2", "-1"] {
            let expected = format!("{value} | `postgres` is a major version, 11 to 18 | as in `postgres = 18`");
            assert_eq!(mistakes(&format!("postgres = {value}")), [expected]);
        }
        let words = r#""off", "on", "note", "warning", "error""#;
        assert_eq!(mistakes("[severity]\nx = 1"), [format!("1 | a severity is one of {words} | -")]);
        let size = r#"a size is "small", "large" or a number of rows, as in "400M""#;
        assert_eq!(mistakes("tables.t = \"big\""), [format!("\"big\" | {size} | the units are k, M and B")]);
        assert!(mistakes("tables.app.t = \"large\"")[0].ends_with(r#"in quotes, as in `"app.orders" = "large"`"#));
        assert_eq!(mistakes("paths = [1]"), ["1 | `paths` is a text in quotes | -"]);
        assert_eq!(mistakes("require-reasons = \"yes\"").len(), 1);
        assert_eq!(mistakes("fail-on = \"info\"").len(), 1);
        for value in ["\"soon\"", "\"2 weeks\"", "\"\"", "true", "-1"] {
            assert_eq!(mistakes(&format!("timeouts = {{ lock = {value} }}")).len(), 1, "{value}");
        }
        assert_eq!(
            mistakes("[override]\npaths = \"x\"")[0].split(" | ").skip(1).collect::<Vec<_>>(),
            ["`override` is a list", "write `[[override]]`, with both brackets"]
        );
        assert_eq!(mistakes("[[override]]\nseverity = {}").len(), 1);
        assert_eq!(
            mistakes("[[override]]\npath = [\"a\"]"),
            ["path | there is no key `path` here | did you mean `paths`?"]
        );
        assert!(mistakes("paths = [")[0].contains("this is no TOML"));
    }

    #[test]
    fn another_tools_file_may_say_nothing_and_may_be_broken() {
        assert_eq!(read("[tool.black]\nline-length = 3", Place::PyProject), (None, Vec::new()));
        assert_eq!(read("[tool.black", Place::PyProject), (None, Vec::new()));
        assert_eq!(read("[tool.shipworthy]\npostgres = ", Place::PyProject).1.len(), 1);
        let (document, _) = read("[tool.shipworthy]\npostgres = 13", Place::PyProject);
        assert_eq!(document.and_then(|it| it.postgres).map(|it| it.value), Some(13));
    }
}
