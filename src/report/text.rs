//! Text for a terminal: harmless, wrapped, shortened, painted.

use crate::diagnostic::Severity;
use crate::rule::Category;
use owo_colors::{OwoColorize, Style};
use std::borrow::Cow;
use std::fmt::Display;
use textwrap::core::display_width;
use textwrap::{WordSeparator, WordSplitter};

/// What a report for people is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns; text is wrapped at them.
    pub width: usize,
    /// Columns of an excerpt of a source; what is longer is cut. A terminal has no more than its width, a log scrolls.
    pub source_width: usize,
    /// With ANSI escapes.
    pub color: bool,
    /// The program's repository, as a URL. A rule's name is a link to its document there; `None` where the terminal knows no links.
    pub home: Option<&'static str>,
}

impl Look {
    /// Where nobody says how wide it is: redirected output, tests.
    pub const PLAIN: Self = Self { width: 100, source_width: 200, color: false, home: None };

    /// A terminal of that many columns.
    pub fn terminal(width: usize, color: bool) -> Self {
        Self { width, source_width: width, color, home: None }
    }

    /// A rule's name, as a link to its document where the terminal knows links.
    pub(super) fn link_to_rule(self, category: &str, name: &str) -> String {
        match self.home {
            // The document of a user's own rule is somewhere else.
            Some(home) if Category::from_name(category).is_some() => {
                format!("\x1b]8;;{}\x1b\\{name}\x1b]8;;\x1b\\", document_url(home, category, name))
            }
            _ => name.to_owned(),
        }
    }

    /// Text in a style, if there are colours.
    pub(super) fn paint(self, style: Style, text: impl Display) -> String {
        if self.color { text.style(style).to_string() } else { text.to_string() }
    }
}

/// Where a rule's document is read, in the repository at `home`.
pub(super) fn document_url(home: &str, category: &str, name: &str) -> String {
    format!("{}/blob/HEAD/rules/{category}/{name}.md", home.trim_end_matches('/'))
}

/// The colour of a severity.
pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::new().red().bold(),
        Severity::Warning => Style::new().yellow().bold(),
        Severity::Note => Style::new().cyan().bold(),
    }
}

/// Headings and names.
pub(super) const STRONG: Style = Style::new().bold();
/// Side remarks.
pub(super) const DIM: Style = Style::new().dimmed();

/// Shows a character that would act on the terminal, or hide, as one that is seen. Tabs and line ends are left to the caller.
pub(super) fn visible(character: char) -> char {
    match character {
        crate::source::UNDECODABLE => char::REPLACEMENT_CHARACTER,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' => char::REPLACEMENT_CHARACTER,
        // Line separators, and what turns the direction of writing.
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// One line of text without anything that would act on the terminal. Names in messages come from the files.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| visible(character) == character) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(|character| if character == '\t' { ' ' } else { visible(character) }).collect())
    }
}

/// Wraps text behind `first`; the lines after the first begin with `rest`. Ends with a line end.
pub(super) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    textwrap::fill(text, at_spaces(width).initial_indent(first).subsequent_indent(rest)) + "\n"
}

/// Lines end at spaces only: paths and names stay whole, and may stand out.
pub(super) fn at_spaces<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width.max(20))
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// At most `columns` columns of a text, with `…` where some is missing; line ends and runs of spaces become one space.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    let mut short = String::new();
    let mut used = 0;
    // Where `…` would still fit, should more follow.
    let mut fits = 0;
    let mut space = false;
    for character in text.chars() {
        if character.is_whitespace() {
            space = !short.is_empty();
            continue;
        }
        for character in space.then_some(' ').into_iter().chain([visible(character)]) {
            let wide = display_width(character.encode_utf8(&mut [0; 4]));
            if used + wide > columns {
                short.truncate(fits);
                short.push('…');
                return short;
            }
            used += wide;
            short.push(character);
            if used < columns {
                fits = short.len();
            }
        }
        space = false;
    }
    short
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortening_counts_columns() {
        assert_eq!(shortened("SELECT\n   1", 10), "SELECT 1");
        assert_eq!(shortened("SELECT 12345", 12), "SELECT 12345");
        assert_eq!(shortened("SELECT 123456", 12), "SELECT 1234…");
        assert_eq!(shortened("表表表表", 7), "表表表…");
        assert_eq!(shortened("表表表表", 8), "表表表表");
        assert_eq!(shortened("\x1b[31m", 9), "␛[31m");
    }

    #[test]
    fn names_cannot_act_on_the_terminal() {
        assert_eq!(one_line("a\nb\x1b[2Jc\u{202e}d"), "a␊b␛[2Jc\u{fffd}d");
        assert!(matches!(one_line("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn wrapping_keeps_names_whole() {
        assert_eq!(wrapped("see db/migrations-of-ours/a.sql", 20, "", ""), "see\ndb/migrations-of-ours/a.sql\n");
        assert_eq!(wrapped("one two-three four_five", 20, "- ", "  "), "- one two-three\n  four_five\n");
    }
}
