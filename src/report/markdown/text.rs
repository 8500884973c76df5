//! Text in Markdown: what comes from files shows as it is and does nothing.

use crate::report::text::one_line;

/// A span of code, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    // The fence is longer than every run of backticks within.
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A sentence of the program: names stand between backticks in it and become code, nothing else means anything.
pub(super) fn prose(text: &str) -> String {
    let text = one_line(text);
    let mut written = String::with_capacity(text.len());
    // What would begin a list or a heading.
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text[digits..].chars().next() {
        Some('-' | '+' | '#' | '=') if digits == 0 => written.push('\\'),
        Some('.' | ')') if digits > 0 => {
            written.push_str(&text[..digits]);
            written.push('\\');
            return written + &prose_from(&text[digits..]);
        }
        _ => {}
    }
    written + &prose_from(&text)
}

fn prose_from(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // Without a partner a backtick is a character of a name.
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let mut written = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        match at % 2 {
            1 if part.is_empty() => written.push_str("\\`\\`"),
            1 => written.push_str(&code(part)),
            _ => written.push_str(&escaped(part)),
        }
    }
    written
}

/// A cell of a table, out of finished Markdown: a bar would end it, also within code.
pub(super) fn in_cell(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}

/// Text in which nothing is a mark, HTML, a mention or a reference.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '|' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // People are told when they are mentioned, and issues when they are referred to.
            '@' | '#' if rest.peek().is_some_and(|next| next.is_alphanumeric()) => {
                escaped.push(character);
                escaped.push('\u{200b}');
            }
            // A scheme makes a link of what follows.
            ':' if rest.peek() == Some(&'/') => escaped.push_str(":\u{200b}"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("```"), "```` ``` ````");
        assert_eq!(code("a\n b"), "`a␊ b`");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn names_in_sentences_become_code() {
        assert_eq!(prose("dropping `a|b` loses <it>"), "dropping `a|b` loses &lt;it&gt;");
        assert_eq!(prose("a `b"), "a \\`b");
        assert_eq!(prose("- a"), "\\- a");
        assert_eq!(prose("12. `a`"), "12\\. `a`");
        assert_eq!(prose("a `` b"), "a \\`\\` b");
        assert_eq!(prose("*a* [b](c) ~d~ $e$ ![f]"), "\\*a\\* \\[b\\](c) \\~d\\~ \\$e\\$ \\!\\[f\\]");
    }

    #[test]
    fn nobody_is_told() {
        assert_eq!(prose("@octocat closes #12 # http://x"), "@\u{200b}octocat closes #\u{200b}12 # http:\u{200b}//x");
        assert_eq!(prose("`@octocat`"), "`@octocat`");
    }

    #[test]
    fn a_bar_ends_no_cell() {
        assert_eq!(in_cell(&code("a || b")), "`a \\|\\| b`");
    }
}
