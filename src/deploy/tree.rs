//! YAML, JSON and TOML as one kind of tree, in which everything has its place.

use super::text::Text;
use crate::source::Span;
use saphyr_parser::{Event, Parser, ScalarStyle};

/// Deeper trees are no configuration; what lies below is not read.
const DEPTH: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) at: Span,
    pub(super) value: Value,
}

/// See [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(Text),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The name of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) at: Span,
    pub(super) name: String,
}

impl Node {
    fn empty(at: Span) -> Self {
        Self { at, value: Value::Scalar(Text::plain("", at.start)) }
    }

    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value at the end of a way of keys.
    pub(super) fn at(&self, way: &[&str]) -> Option<&Self> {
        way.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&Text> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The same as a string.
    pub(super) fn str(&self) -> Option<&str> {
        self.text().map(|text| text.text.as_str())
    }
}

/// Reads JSON, also with comments; `None` where it is none.
pub(super) fn json(text: &str) -> Option<Node> {
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default()).ok()?;
    Some(from_json(text, parsed.value.as_ref()?))
}

/// The parser bounds the depth.
fn from_json(text: &str, value: &jsonc_parser::ast::Value<'_>) -> Node {
    use jsonc_parser::ast::Value as Json;
    use jsonc_parser::common::Ranged;
    let range = value.range();
    let at = Span::new(range.start as u32, range.end as u32);
    let value = match value {
        Json::StringLit(_) => {
            let inner = text.get(range.start + 1..range.end.saturating_sub(1)).unwrap_or_default();
            Value::Scalar(Text::double_quoted(inner, at.start + 1))
        }
        Json::Array(array) => Value::List(array.elements.iter().map(|item| from_json(text, item)).collect()),
        Json::Object(object) => {
            let entry = |property: &jsonc_parser::ast::ObjectProp<'_>| {
                let range = property.name.range();
                let key = Key {
                    at: Span::new(range.start as u32, range.end as u32),
                    name: property.name.as_str().to_owned(),
                };
                (key, from_json(text, &property.value))
            };
            Value::Map(object.properties.iter().map(entry).collect())
        }
        _ => Value::Scalar(Text::plain(text.get(at.range()).unwrap_or_default(), at.start)),
    };
    Node { at, value }
}

/// Reads TOML; `None` where it is none.
pub(super) fn toml(text: &str) -> Option<Node> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let range = table.span();
    let at = Span::new(range.start as u32, range.end as u32);
    Some(Node { at, value: from_table(text, table.get_ref(), DEPTH) })
}

fn from_table(text: &str, table: &toml::de::DeTable<'_>, depth: usize) -> Value {
    let entry = |(name, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<toml::de::DeValue<'_>>)| {
        let range = name.span();
        let key = Key { at: Span::new(range.start as u32, range.end as u32), name: name.get_ref().to_string() };
        (key, from_toml(text, value, depth))
    };
    Value::Map(table.iter().map(entry).collect())
}

fn from_toml(text: &str, value: &toml::Spanned<toml::de::DeValue<'_>>, depth: usize) -> Node {
    use toml::de::DeValue;
    let range = value.span();
    let at = Span::new(range.start as u32, range.end as u32);
    let Some(depth) = depth.checked_sub(1) else { return Node::empty(at) };
    let value = match value.get_ref() {
        DeValue::Table(table) => from_table(text, table, depth),
        DeValue::Array(items) => Value::List(items.iter().map(|item| from_toml(text, item, depth)).collect()),
        DeValue::String(_) => {
            let raw = text.get(at.range()).unwrap_or_default();
            let long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
            let quotes = if long { 3 } else { 1 };
            let inner = raw.get(quotes..raw.len().saturating_sub(quotes)).unwrap_or_default();
            let from = at.start + quotes as u32;
            Value::Scalar(if raw.starts_with('"') && !long {
                Text::double_quoted(inner, from)
            } else {
                Text::plain(inner, from)
            })
        }
        _ => Value::Scalar(Text::plain(text.get(at.range()).unwrap_or_default(), at.start)),
    };
    Node { at, value }
}

/// The documents of a YAML file and its comments. What comes behind a mistake is not read.
pub(super) fn yaml(text: &str) -> (Vec<Node>, Vec<Span>) {
    // The parser counts characters.
    let bytes: Option<Vec<u32>> = (!text.is_ascii())
        .then(|| text.char_indices().map(|(at, _)| at as u32).chain(std::iter::once(text.len() as u32)).collect());
    let byte = |index: usize| match &bytes {
        None => (index as u32).min(text.len() as u32),
        Some(bytes) => bytes.get(index).copied().unwrap_or(text.len() as u32),
    };
    let mut builder = Builder::default();
    let mut quoted = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let at = Span::new(byte(span.start.index()), byte(span.end.index()).max(byte(span.start.index())));
        match event {
            Event::Scalar(value, style, ..) => {
                let (at, scalar) = scalar(text, at, style, &value);
                quoted.push(at);
                builder.add(Node { at, value: Value::Scalar(scalar) });
            }
            Event::Alias(_) => builder.add(Node::empty(at)),
            Event::SequenceStart(..) => builder.open(at, Value::List(Vec::new())),
            Event::MappingStart(..) => builder.open(at, Value::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => builder.close(at.end),
            _ => {}
        }
    }
    (builder.documents, yaml_comments(text, &quoted))
}

fn scalar(text: &str, at: Span, style: ScalarStyle, value: &str) -> (Span, Text) {
    let raw = text.get(at.range()).unwrap_or_default();
    match style {
        ScalarStyle::DoubleQuoted | ScalarStyle::SingleQuoted => {
            let double = style == ScalarStyle::DoubleQuoted;
            // The span may go on to the next token.
            let inner = raw.get(1..).unwrap_or_default();
            let inner = &inner[..quoted_length(inner, double)];
            let from = at.start + 1;
            let at = Span::new(at.start, (from + inner.len() as u32 + 1).min(at.end));
            (at, if double { Text::double_quoted(inner, from) } else { Text::folded(inner, from, true) })
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            // The header's line belongs to nobody; the lines are those behind it.
            let line_end = raw.find('\n').map_or(raw.len(), |end| end + 1);
            let begins_with_header = raw.starts_with(['|', '>']);
            let skip = if begins_with_header { line_end } else { 0 };
            let body = &raw[skip..];
            // The indentation of the first line may stand before the span.
            let mut from = at.start as usize + skip;
            if !begins_with_header {
                let line = text[..from].rfind('\n').map_or(0, |end| end + 1);
                if text[line..from].trim().is_empty() {
                    from = line;
                }
            }
            let body = if begins_with_header { body } else { text.get(from..at.end as usize).unwrap_or(body) };
            (at, Text::block(body, from as u32, style == ScalarStyle::Folded))
        }
        _ => {
            // The span may go on to the next token; a blank and `#` end a plain scalar.
            let end = raw.match_indices('#').find(|(at, _)| raw[..*at].ends_with(char::is_whitespace));
            let raw = raw[..end.map_or(raw.len(), |(at, _)| at)].trim_end();
            if raw.is_empty() && !value.is_empty() {
                return (at, Text::plain(value, at.start));
            }
            (Span::new(at.start, at.start + raw.len() as u32), Text::folded(raw, at.start, false))
        }
    }
}

/// The length of what stands before the closing quote.
fn quoted_length(inner: &str, double: bool) -> usize {
    let mut letters = inner.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (letter, double) {
            ('\\', true) => drop(letters.next()),
            ('\'', false) if letters.next_if(|(_, next)| *next == '\'').is_none() => return at,
            ('"', true) => return at,
            _ => {}
        }
    }
    inner.len()
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    /// What is open, each with the key that waits for its value.
    open: Vec<(Node, Option<Key>)>,
    /// How many are open below what is read.
    skipped: usize,
}

impl Builder {
    fn open(&mut self, at: Span, value: Value) {
        if self.skipped > 0 || self.open.len() >= DEPTH {
            self.skipped += 1;
        } else {
            self.open.push((Node { at, value }, None));
        }
    }

    fn close(&mut self, end: u32) {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0 {
                self.add(Node::empty(Span::empty(end)));
            }
        } else if let Some((mut node, _)) = self.open.pop() {
            node.at = Span::new(node.at.start, end.max(node.at.start));
            self.add(node);
        }
    }

    fn add(&mut self, node: Node) {
        if self.skipped > 0 {
            return;
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some((Node { value: Value::List(items), .. }, _)) => items.push(node),
            Some((Node { value: Value::Map(entries), .. }, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(Key { at: node.at, name: node.str().unwrap_or_default().to_owned() }),
            },
            Some(_) => {}
        }
    }
}

/// From each `#` that begins a word outside scalars to the end of its line.
fn yaml_comments(text: &str, scalars: &[Span]) -> Vec<Span> {
    let mut comments: Vec<Span> = Vec::new();
    for (at, _) in text.match_indices('#') {
        let here = at as u32;
        if comments.last().is_some_and(|last| here < last.end) {
            continue;
        }
        let begins = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        let before =
            scalars.partition_point(|scalar| scalar.start <= here).checked_sub(1).and_then(|at| scalars.get(at));
        if begins && before.is_none_or(|scalar| scalar.end <= here) {
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            comments.push(Span::new(here, end as u32));
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_read_with_its_places() {
        let text = "# top é\njobs:\n  a: # why\n    run: |\n      one # not\n      two\n    with: \"x\\ty\" # end\n    plain: a b # c\n    list: [x, 'y']\n    folded: >-\n      three\n      four\n";
        let (documents, comments) = yaml(text);
        let [document] = &documents[..] else { panic!("{documents:?}") };
        let a = document.at(&["jobs", "a"]).unwrap();
        let run = a.get("run").unwrap().text().unwrap();
        assert_eq!(run.text, "one # not\ntwo\n");
        let two = run.text.find("two").unwrap() as u32;
        let place = run.place(Span::new(two, two + 3));
        assert_eq!(&text[place.range()], "two");
        assert_eq!(a.get("with").unwrap().str(), Some("x\ty"));
        assert_eq!(a.get("plain").unwrap().str(), Some("a b"));
        assert_eq!(a.get("folded").unwrap().str().map(str::trim), Some("three four"));
        assert_eq!(a.get("list").unwrap().items()[1].str(), Some("y"));
        let comments: Vec<_> = comments.iter().map(|comment| &text[comment.range()]).collect();
        assert_eq!(comments, ["# top é", "# why", "# end", "# c"]);
    }

    #[test]
    fn json_and_toml_are_read_with_their_places() {
        let text = "{ // c\n \"scripts\": { \"a\": \"x \\\"y\\\"\" } }";
        let node = json(text).unwrap();
        assert_eq!(node.at(&["scripts", "a"]).unwrap().str(), Some("x \"y\""));
        let text = "[deploy]\nrelease_command = \"a b\"\n";
        let node = toml(text).unwrap();
        let command = node.at(&["deploy", "release_command"]).unwrap().text().unwrap();
        assert_eq!(&text[command.place(Span::new(2, 3)).range()], "b");
    }

    #[test]
    fn hostile_depth_ends() {
        for open in ["[", "{a: ", "- "] {
            let text = open.repeat(100_000);
            let (documents, _) = yaml(&text);
            assert!(documents.len() <= 1);
        }
        assert!(json(&"[".repeat(100_000)).is_none());
    }
}
