//! What stands in a `.prisma` file: blocks, their lines, attributes and their arguments, each at its place.
//!
//! Reading never fails. A line that is not understood is left out and the next one is read; a block whose brace is missing ends where
//! the next one begins. Time and memory are linear in the text, and the nesting of arguments is bounded.

use crate::source::Span;

/// A file, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct File {
    /// Its blocks in order.
    pub(crate) blocks: Vec<Block>,
    /// Its comments, with their delimiters, in order.
    pub(crate) comments: Vec<Span>,
}

/// `model User { ... }` and its like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    /// `model`, `view`, `enum`, `type`, `datasource`, `generator`.
    pub(crate) keyword: String,
    /// Its name.
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// From the keyword to the closing brace.
    pub(crate) span: Span,
    /// Fields of a model, values of an enum, settings of a datasource or generator.
    pub(crate) lines: Vec<Line>,
    /// `@@...`.
    pub(crate) attributes: Vec<Attribute>,
}

/// A line within a block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// What it begins with.
    pub(crate) name: String,
    /// Where that stands.
    pub(crate) name_span: Span,
    /// What it says.
    pub(crate) body: Body,
    /// `@...`.
    pub(crate) attributes: Vec<Attribute>,
}

/// What a line says behind its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// Nothing: a value of an enum.
    Name,
    /// A type: a field.
    Field {
        /// `String`, `Unsupported` ...
        ty: String,
        /// The text in `Unsupported("...")`.
        unsupported: Option<String>,
        /// `?`.
        optional: bool,
        /// `[]`.
        list: bool,
    },
    /// `= value`: a setting.
    Setting(Value),
}

/// `@name(arguments)` or `@@name(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attribute {
    /// Without the `@`: `id`, `db.VarChar`.
    pub(crate) name: String,
    /// With its arguments.
    pub(crate) span: Span,
    /// Its arguments.
    pub(crate) arguments: Vec<Argument>,
}

/// An argument, with its name where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    /// `fields` of `fields: [a]`.
    pub(crate) name: Option<String>,
    /// What it is.
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Its content, without escapes.
    Text(String),
    /// A number as written.
    Number(String),
    /// A word: `Cascade`, `true`, a field, `address.street`.
    Word(String),
    /// `now()`, `title(sort: Desc)`.
    Call(String, Vec<Argument>),
    /// `[a, b]`.
    List(Vec<Value>),
    /// `{ ... }`, or nothing that is understood.
    Unknown,
}

impl Value {
    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values of a list; a single one is a list of its own.
    pub(crate) fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }
}

impl Attribute {
    /// The argument of a name, or the first that has none.
    pub(crate) fn argument(&self, name: &str) -> Option<&Value> {
        self.named(name).or_else(|| self.arguments.iter().find(|it| it.name.is_none()).map(|it| &it.value))
    }

    /// The argument of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| &it.value)
    }
}

impl Block {
    /// The block's attribute of a name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// A setting of a datasource or generator.
    pub(crate) fn setting(&self, name: &str) -> Option<&Value> {
        self.lines.iter().find(|line| line.name == name).and_then(|line| match &line.body {
            Body::Setting(value) => Some(value),
            _ => None,
        })
    }
}

impl Line {
    /// Its attribute of a name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// How deep arguments may nest; what lies deeper is [`Value::Unknown`].
const DEPTH: usize = 32;

/// Reads a file.
pub(crate) fn read(text: &str) -> File {
    let (tokens, comments) = tokens(text);
    let mut reader = Reader { text, tokens, at: 0 };
    let mut blocks = Vec::new();
    while let Some(token) = reader.peek() {
        if reader.begins_block() {
            blocks.push(reader.block());
        } else {
            // A `type` alias of old, or a line that belongs to no block.
            let _ = token;
            reader.skip_line();
        }
    }
    File { blocks, comments }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Token {
    kind: Kind,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Word,
    Number,
    Text,
    /// `@` or `@@`, as they stand.
    At,
    Newline,
    Sign(u8),
}

/// The tokens and the comments.
fn tokens(text: &str) -> (Vec<Token>, Vec<Span>) {
    let bytes = text.as_bytes();
    let (mut tokens, mut comments) = (Vec::new(), Vec::new());
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let while_in = |mut at: usize, is: &dyn Fn(u8) -> bool| {
        while at < bytes.len() && is(bytes[at]) {
            at += 1;
        }
        at
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'\n' => {
                at += 1;
                Kind::Newline
            }
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                at = match bytes[at + 1] {
                    b'/' => while_in(at, &|byte| byte != b'\n' && byte != b'\r'),
                    _ => text[at + 2..].find("*/").map_or(bytes.len(), |end| at + 2 + end + 2),
                };
                comments.push(Span::new(start as u32, at as u32));
                continue;
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && !matches!(bytes[at], b'"' | b'\n') {
                    at +=
                        if bytes[at] == b'\\' && bytes.get(at + 1).is_some_and(|byte| *byte != b'\n') { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
                // A string that is not closed ends with its line; the line break is a token of its own.
                if bytes[at - 1] == b'\n' {
                    at -= 1;
                }
                Kind::Text
            }
            b'@' => {
                at += if bytes.get(at + 1) == Some(&b'@') { 2 } else { 1 };
                Kind::At
            }
            byte if byte.is_ascii_digit() || (byte == b'-' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)) => {
                at = while_in(at + 1, &|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
                Kind::Number
            }
            byte if is_word(byte) => {
                at = while_in(at, &is_word);
                Kind::Word
            }
            byte if byte.is_ascii_whitespace() || byte.is_ascii_control() => {
                at += 1;
                continue;
            }
            byte => {
                at += 1;
                Kind::Sign(byte)
            }
        };
        tokens.push(Token { kind, span: Span::new(start as u32, at as u32) });
    }
    (tokens, comments)
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn slice(&self, token: Token) -> &str {
        &self.text[token.span.range()]
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// Passes over a token of that kind.
    fn eat(&mut self, kind: Kind) -> Option<Token> {
        self.peek().filter(|token| token.kind == kind).inspect(|_| self.at += 1)
    }

    fn word(&mut self) -> Option<(String, Span)> {
        let token = self.eat(Kind::Word)?;
        Some((self.slice(token).to_owned(), token.span))
    }

    fn skip_newlines(&mut self) {
        while self.eat(Kind::Newline).is_some() {}
    }

    fn skip_line(&mut self) {
        while let Some(token) = self.next() {
            if token.kind == Kind::Newline {
                return;
            }
        }
    }

    /// At the beginning of a line: `word name {`.
    fn begins_block(&self) -> bool {
        let starts_line = self
            .at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .is_none_or(|token| matches!(token.kind, Kind::Newline | Kind::Sign(b'}')));
        starts_line
            && [Kind::Word, Kind::Word, Kind::Sign(b'{')]
                .iter()
                .enumerate()
                .all(|(at, kind)| self.kind(at) == Some(*kind))
    }

    fn block(&mut self) -> Block {
        let keyword = self.word();
        let name = self.word();
        let start = self.eat(Kind::Sign(b'{')).map_or(Span::empty(0), |token| token.span);
        let (keyword, first) = keyword.unwrap_or_default();
        let (name, name_span) = name.unwrap_or_default();
        let mut block =
            Block { keyword, name, name_span, span: first.to(start), lines: Vec::new(), attributes: Vec::new() };
        while let Some(token) = self.peek() {
            if token.kind == Kind::Newline {
                self.at += 1;
                continue;
            }
            if self.begins_block() {
                break;
            }
            block.span = block.span.to(token.span);
            match token.kind {
                Kind::Sign(b'}') => {
                    self.at += 1;
                    break;
                }
                Kind::At => {
                    let attribute = self.attribute();
                    block.span = attribute.as_ref().map_or(block.span, |attribute| block.span.to(attribute.span));
                    block.attributes.extend(attribute);
                }
                Kind::Word => block.lines.extend(self.line()),
                _ => {
                    self.at += 1;
                }
            }
        }
        block
    }

    /// A field, a value or a setting, up to the end of its line.
    fn line(&mut self) -> Option<Line> {
        let (name, name_span) = self.word()?;
        let body = if self.eat(Kind::Sign(b'=')).is_some() {
            self.skip_newlines();
            Body::Setting(self.value(0))
        } else {
            self.eat(Kind::Sign(b':'));
            self.body()
        };
        let mut attributes = Vec::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Newline | Kind::Sign(b'}') => break,
                Kind::At if self.slice(token) == "@" => attributes.extend(self.attribute()),
                Kind::At => break,
                _ => self.at += 1,
            }
        }
        Some(Line { name, name_span, body, attributes })
    }

    fn body(&mut self) -> Body {
        let Some((ty, _)) = self.word() else {
            return Body::Name;
        };
        let mut unsupported = None;
        if self.kind(0) == Some(Kind::Sign(b'(')) {
            unsupported = self.arguments(0).into_iter().find_map(|it| match it.value {
                Value::Text(text) => Some(text),
                _ => None,
            });
        }
        let (mut optional, mut list) = (false, false);
        loop {
            if self.eat(Kind::Sign(b'?')).is_some() {
                optional = true;
            } else if self.eat(Kind::Sign(b'[')).is_some() {
                list = true;
                self.eat(Kind::Sign(b']'));
            } else if self.eat(Kind::Sign(b'!')).is_none() {
                return Body::Field { ty, unsupported, optional, list };
            }
        }
    }

    fn attribute(&mut self) -> Option<Attribute> {
        let at = self.next()?;
        let (mut name, mut end) = self.word()?;
        while self.eat(Kind::Sign(b'.')).is_some() {
            let (part, span) = self.word()?;
            name = format!("{name}.{part}");
            end = span;
        }
        let arguments = if self.kind(0) == Some(Kind::Sign(b'(')) { self.arguments(0) } else { Vec::new() };
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(end, |token| token.span);
        Some(Attribute { name, span: at.span.to(last), arguments })
    }

    /// `(a, name: b)`; line breaks count for nothing in it.
    fn arguments(&mut self, depth: usize) -> Vec<Argument> {
        self.list(b')', depth, |reader| {
            let named = reader.kind(0) == Some(Kind::Word) && reader.kind(1) == Some(Kind::Sign(b':'));
            let name = if named { reader.word().map(|(name, _)| name) } else { None };
            if named {
                reader.at += 1;
                reader.skip_newlines();
            }
            Argument { name, value: reader.value(depth + 1) }
        })
    }

    /// What stands between a bracket, which comes next, and the one that closes it.
    fn list<T>(&mut self, close: u8, depth: usize, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        self.at += 1;
        let mut items = Vec::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Sign(sign) if sign == close => {
                    self.at += 1;
                    break;
                }
                Kind::Newline | Kind::Sign(b',') => {
                    self.at += 1;
                    // A bracket that was never closed ends with its line where a block begins on the next.
                    if self.begins_block() {
                        self.at -= 1;
                        break;
                    }
                }
                Kind::Sign(b'}') => break,
                _ if depth >= DEPTH => self.at += 1,
                _ => {
                    let before = self.at;
                    items.push(item(self));
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        items
    }

    fn value(&mut self, depth: usize) -> Value {
        let Some(token) = self.peek() else {
            return Value::Unknown;
        };
        match token.kind {
            Kind::Text => {
                self.at += 1;
                Value::Text(unescaped(self.slice(token)))
            }
            Kind::Number => {
                self.at += 1;
                Value::Number(self.slice(token).to_owned())
            }
            Kind::Sign(b'[') => Value::List(self.list(b']', depth, |reader| reader.value(depth + 1))),
            Kind::Word => {
                self.at += 1;
                let mut name = self.slice(token).to_owned();
                while self.eat(Kind::Sign(b'.')).is_some() {
                    let Some((part, _)) = self.word() else { break };
                    name = format!("{name}.{part}");
                }
                match self.kind(0) == Some(Kind::Sign(b'(')) {
                    true => Value::Call(name, self.arguments(depth)),
                    false => Value::Word(name),
                }
            }
            _ => Value::Unknown,
        }
    }
}

/// The content of a string with its quotes.
fn unescaped(written: &str) -> String {
    let inner = written.strip_prefix('"').unwrap_or(written);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// top
datasource db {
  provider = "postgresql"
  schemas  = ["a", "b"]
}
/* a model */
model User { // here
  id    Int     @id @default(autoincrement())
  name  String? @db.VarChar(40) /// doc
  vec   Unsupported("vector(1536)")?
  posts Post[]  @relation(
    "x", fields: [a, b],
    onDelete: Cascade)

  @@index([name(sort: Desc), id], map: "i\"1")
  @@map("users")
}
enum Role { ADMIN @map("admin")
  USER
}"#;

    #[test]
    fn reads_blocks_lines_and_attributes() {
        let file = read(TEXT);
        let names: Vec<_> = file.blocks.iter().map(|block| (block.keyword.as_str(), block.name.as_str())).collect();
        assert_eq!(names, [("datasource", "db"), ("model", "User"), ("enum", "Role")]);
        assert_eq!(
            file.comments.iter().map(|span| &TEXT[span.range()]).collect::<Vec<_>>(),
            ["// top", "/* a model */", "// here", "/// doc"]
        );
        let [datasource, user, role] = &file.blocks[..] else { panic!() };
        assert_eq!(datasource.setting("schemas").unwrap().items().len(), 2);
        assert_eq!(user.lines.len(), 4);
        assert!(TEXT[user.span.range()].starts_with("model") && TEXT[user.span.range()].ends_with('}'));
        let Body::Field { ty, unsupported, optional, list } = &user.lines[2].body else { panic!() };
        assert_eq!(
            (ty.as_str(), unsupported.as_deref(), *optional, *list),
            ("Unsupported", Some("vector(1536)"), true, false)
        );
        let relation = user.lines[3].attribute("relation").unwrap();
        assert_eq!(relation.argument("name"), Some(&Value::Text("x".into())));
        assert_eq!(relation.named("onDelete"), Some(&Value::Word("Cascade".into())));
        let index = user.attribute("index").unwrap();
        assert!(matches!(&index.argument("fields").unwrap().items()[0], Value::Call(name, _) if name == "name"));
        assert_eq!(index.named("map").unwrap().text(), Some("i\"1"));
        assert_eq!(role.lines[0].attribute("map").unwrap().argument("name").unwrap().text(), Some("admin"));
        assert_eq!(role.lines[1].name, "USER");
    }

    #[test]
    fn goes_on_behind_what_is_broken() {
        let text = "model A {\n  id Int @id(\n  b ??? String @\nmodel B {\n  id Int @@@ \"x\n  c Int\n}\n} }\nmodel C { x Int }";
        let blocks = read(text).blocks;
        let names: Vec<_> = blocks.iter().map(|block| block.name.as_str()).collect();
        assert_eq!(names, ["A", "B", "C"]);
        assert!(blocks[1].lines.iter().any(|line| line.name == "c"));
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "",
            "\"",
            "model",
            "model A {",
            "@",
            "@@",
            "model A { a Int @default(\"\\",
            "é { ü {",
            "model A { a B @x([[[(((",
            "/*",
        ] {
            read(text);
        }
        let deep = format!("model A {{ a Int @x({}", "[".repeat(100_000));
        assert_eq!(read(&deep).blocks.len(), 1);
    }
}
