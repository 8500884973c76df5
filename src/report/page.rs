//! `explain`: a rule's document as a page for a terminal.

use super::text::{DIM, Look, STRONG, severity_style, wrapped};
use crate::rule::{Entry, Rule};
use owo_colors::Style;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Prose is not wider than this, however wide the terminal is.
const WIDEST: usize = 88;

/// Writes the page of a rule.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, entry: &Entry, look: Look) -> io::Result<()> {
    let rule = entry.rule();
    let severity = entry.severity();
    writeln!(
        out,
        "{}  {}{}",
        look.paint(STRONG, entry.name()),
        look.paint(severity_style(severity), severity.name()),
        look.paint(
            DIM,
            format_args!(", {}{}", rule.category.name(), if entry.enabled() { "" } else { ", off by default" })
        ),
    )?;
    out.write_all(markdown(body(rule), look).as_bytes())
}

/// The page as plain text, without the first line.
pub(super) fn plain(rule: &Rule) -> String {
    markdown(body(rule), Look::PLAIN).trim().to_owned()
}

/// A document without its title, which its name repeats.
pub(super) fn body(rule: &Rule) -> &str {
    rule.document.split_once('\n').map_or("", |(_, body)| body)
}

/// Markdown without its marks, as far as rule documents use it. The definition is left out: it is for the program.
fn markdown(text: &str, look: Look) -> String {
    let width = look.width.min(WIDEST);
    let mut page = String::new();
    let mut paragraph = String::new();
    let mut lines = text.lines();
    // What was said of an example is not said again of the next.
    let mut said = BTreeSet::new();
    let mut section = "";
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            finish(&mut page, &mut paragraph, width, look);
            let ticks = 3 + fence.chars().take_while(|&character| character == '`').count();
            let language = fence.trim_start_matches('`').trim();
            let mut block: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with(&"`".repeat(ticks))).collect();
            if language == "text" {
                block = block.into_iter().map(without_place).filter(|line| said.insert(*line)).collect();
            }
            if !block.is_empty() {
                code(&mut page, language, &block, section, look);
            }
        } else if let Some(title) = line.strip_prefix('#') {
            finish(&mut page, &mut paragraph, width, look);
            section = title.trim_start_matches('#').trim();
            page.push_str(&format!("\n{}\n", look.paint(STRONG, section)));
        } else if line.trim().is_empty() {
            finish(&mut page, &mut paragraph, width, look);
        } else if line.starts_with('|') {
            // A table is aligned as it stands.
            finish(&mut page, &mut paragraph, width, look);
            page.push_str(&format!("{line}\n"));
        } else {
            if is_item(line) {
                finish(&mut page, &mut paragraph, width, look);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    finish(&mut page, &mut paragraph, width, look);
    page
}

/// `error[rule] message` of `bad.sql:1:1: error[rule] message`.
fn without_place(line: &str) -> &str {
    line.strip_prefix("bad.sql:").and_then(|rest| rest.split_once(": ")).map_or(line, |(_, told)| told)
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|character: char| character.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || (number.len() < line.len() && number.starts_with(". "))
}

/// Ends a paragraph.
fn finish(page: &mut String, paragraph: &mut String, width: usize, look: Look) {
    if paragraph.is_empty() {
        return;
    }
    let item = is_item(paragraph);
    let begins = !item || !page.lines().next_back().is_some_and(|line| is_item(line) || line.starts_with("  "));
    if begins {
        page.push('\n');
    }
    let rest = if item { "  " } else { "" };
    page.push_str(&wrapped(&inline(paragraph, look), width, "", rest));
    paragraph.clear();
}

/// A block of code, indented; what its info string says, in words. The section says what is bad and what is good, but for those that differ.
fn code(page: &mut String, language: &str, block: &[&str], section: &str, look: Look) {
    let mut words = language.split_whitespace();
    let (kind, what) = (words.next(), words.next());
    let (caption, style) = match (kind, what) {
        (Some("toml"), _) => return,
        (Some("text"), _) => ("is reported as", DIM),
        (Some("sql"), Some("given")) => ("after", DIM),
        (Some("sql"), Some("fixed")) => ("is fixed as", Style::new().green()),
        (Some("sql"), Some("bad")) => (if section == "Good" { "bad" } else { "" }, Style::new().red()),
        (Some("sql"), Some("good")) => (if section == "Bad" { "good" } else { "" }, Style::new().green()),
        _ => ("", Style::new()),
    };
    let conditions: Vec<_> = words.map(condition).collect();
    let caption = match (caption, conditions.as_slice()) {
        ("", []) => String::new(),
        ("", conditions) => conditions.join(", "),
        (caption, []) => caption.to_owned(),
        (caption, conditions) => format!("{caption}, {}", conditions.join(", ")),
    };
    page.push('\n');
    if !caption.is_empty() {
        page.push_str(&format!("  {}\n", look.paint(DIM, format_args!("{caption}:"))));
    }
    for line in block {
        let text = line.trim_start();
        let indent = " ".repeat(4 + line.len() - text.len());
        // SQL means the same with a line end for a space.
        for line in wrapped(text, look.source_width, &indent, &format!("{indent}    ")).lines() {
            let text = line.trim_start();
            let indent = &line[..line.len() - text.len()];
            page.push_str(&format!("{indent}{}\n", look.paint(style, text)));
        }
    }
}

/// An attribute of an example, as people say it.
fn condition(word: &str) -> String {
    match word.split_once('=') {
        Some(("postgres", version)) => format!("on PostgreSQL {version}"),
        Some(("tool", tool)) => format!("run by {tool}"),
        Some(("file", role)) => format!("in a {role} file"),
        Some((name, value)) => format!("{name} {value}"),
        None => match word {
            "wrapped" => "in the tool's transaction".to_owned(),
            "from-empty" => "where the files are the whole schema".to_owned(),
            "alone" => "by itself".to_owned(),
            _ => format!("stored as {word}"),
        },
    }
}

/// Marks within a line: strong text and links. Code keeps its backticks, which set names apart without colours as well.
fn inline(text: &str, look: Look) -> String {
    let mut drawn = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            drawn.push('`');
        }
        if at % 2 == 1 {
            drawn.push_str(part);
            continue;
        }
        for (at, words) in part.split("**").enumerate() {
            match at % 2 {
                0 => drawn.push_str(&links(words)),
                _ => drawn.push_str(&look.paint(STRONG, words)),
            }
        }
    }
    drawn
}

/// `[text](target)` as `text (target)`.
fn links(text: &str) -> String {
    let mut drawn = String::new();
    let mut rest = text;
    while let Some((before, words, target, after)) = link(rest) {
        drawn.push_str(before);
        drawn.push_str(&if words == target { target.to_owned() } else { format!("{words} ({target})") });
        rest = after;
    }
    drawn.push_str(rest);
    drawn
}

/// What stands before the first link, its words, its target, and what stands behind it.
fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = text.find("](")?;
    let open = text[..middle].rfind('[')?;
    let (target, after) = text[middle + 2..].split_once(')')?;
    Some((&text[..open], &text[open + 1..middle], target, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_plain_text() {
        let text = "Read **this** and `**that**`, see [the manual](docs/lock.html).\n\n- one\n- two\n  more\n";
        assert_eq!(
            markdown(text, Look::PLAIN),
            "\nRead this and `**that**`, see the manual (docs/lock.html).\n\n- one\n- two more\n"
        );
    }

    #[test]
    fn the_definition_is_left_out_and_examples_are_told_apart() {
        let text =
            "```toml\na = 1\n```\n\n## Bad\n\n```sql given\nA;\n```\n\n```sql bad postgres=11 wrapped\nB;\n\nC;\n```\n";
        assert_eq!(
            markdown(text, Look::PLAIN),
            "\nBad\n\n  after:\n    A;\n\n  on PostgreSQL 11, in the tool's transaction:\n    B;\n\n    C;\n"
        );
    }
}
