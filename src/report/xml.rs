//! XML, as JUnit and Checkstyle reports are written.

use super::text::visible;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// Writes a document whose root is `name`.
pub(super) fn write(out: &mut dyn Write, name: &str, root: &impl Serialize) -> io::Result<()> {
    let mut text = String::new();
    let mut serializer = quick_xml::se::Serializer::with_root(&mut text, Some(name)).map_err(io::Error::other)?;
    serializer.indent(' ', 2);
    root.serialize(serializer).map_err(io::Error::other)?;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}")
}

/// Text as XML 1.0 can hold it (section 2.2): control characters and what is no character at all are shown by another.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let replaced = |character: char| match character {
        '\t' | '\n' | '\r' => character,
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        '\0'..='\u{1f}' => visible(character),
        _ => character,
    };
    if text.chars().all(|character| replaced(character) == character) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(replaced).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(text("a\u{1b}[0m\0\u{fffe}\u{1a}"), "a␛[0m␀\u{fffd}\u{fffd}");
        assert!(matches!(text("a\tb\r\né🙂<&>\u{7f}"), Cow::Borrowed(_)));
    }
}
