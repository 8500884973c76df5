//! Messages with `{holes}`.

use super::definition::Text;
use std::borrow::Cow;

/// Before the name of a field in a hole: the value is written as SQL writes a name, in quotes where it needs them.
pub(crate) const SQL: &str = "sql:";

/// The field of a hole that begins with [`SQL`], and what is appended to its value for the name of something new: `{sql:object:filled}`
/// is `price_filled` where `object` is `price`.
pub(crate) fn sql_hole(hole: &str) -> (&str, Option<&str>) {
    let field = hole.strip_prefix(SQL).unwrap_or(hole);
    field.split_once(':').map_or((field, None), |(field, suffix)| (field, Some(suffix)))
}

/// The same, without the schema: an index is named so where it is made, a constraint always.
pub(crate) const BARE: &str = "bare:";

/// A sentence with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(pub Cow<'static, [Piece]>);

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(Text),
    /// The value of that field.
    Hole(Text),
}

/// Why a text is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A `{` without its `}`; the byte at which it stands.
    Open(usize),
    /// A `}` without its `{`.
    Stray(usize),
}

impl std::fmt::Display for Message {
    /// As documents write it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Hole(name) => write!(f, "{{{name}}}"),
        })
    }
}

impl Message {
    /// Reads a message. `{{` and `}}` stand for the braces themselves.
    ///
    /// # Errors
    /// [`Malformed`], with the byte.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let offset = text.len() - rest.len() + at;
            plain.push_str(&rest[..at]);
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                plain.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            if brace.starts_with('}') {
                return Err(Malformed::Stray(offset));
            }
            let Some(end) = brace.find('}') else {
                return Err(Malformed::Open(offset));
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
            }
            pieces.push(Piece::Hole(brace[1..end].to_owned().into()));
            rest = &brace[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        Ok(Self(pieces.into()))
    }

    /// The names of its holes, in order.
    pub fn holes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Hole(name) => Some(&**name),
            Piece::Text(_) => None,
        })
    }

    /// The sentence, and whether a hole stayed empty.
    pub fn fill(&self, value: impl Fn(&str) -> String) -> Filled {
        let mut filled = Filled::default();
        for piece in &*self.0 {
            match piece {
                Piece::Text(text) => filled.text.push_str(text),
                Piece::Hole(name) => {
                    let value = value(name);
                    filled.empty |= value.is_empty();
                    filled.text.push_str(&value);
                }
            }
        }
        filled
    }
}

/// A message whose holes have been filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The sentence.
    pub text: String,
    /// A hole had nothing to be filled with.
    pub empty: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_doubled_braces_stand_for_themselves() {
        let message = Message::parse("building `{index}` on {relation}: {{}}").unwrap();
        assert_eq!(message.holes().collect::<Vec<_>>(), ["index", "relation"]);
        let filled = message.fill(|name| if name == "index" { "i".into() } else { String::new() });
        assert_eq!(filled, Filled { text: "building `i` on : {}".into(), empty: true });
    }

    #[test]
    fn a_lone_brace_is_a_mistake_at_its_place() {
        assert_eq!(Message::parse("a {b"), Err(Malformed::Open(2)));
        assert_eq!(Message::parse("a b}"), Err(Malformed::Stray(3)));
    }
}
