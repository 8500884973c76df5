//! Dockerfiles: instructions with their continued lines, here-documents, and lists of words.

use super::{nobody, own};
use crate::deploy::place::{self, Told};
use crate::deploy::text::Text;
use crate::deploy::tree;
use crate::deploy::unit::{Own, Page};
use crate::effect::CommandPlace;
use crate::source::Span;

/// Reads a Dockerfile.
pub(super) fn read(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    // What the stage that is being read is for.
    let mut stage = Told::Nothing;
    let mut at = 0;
    while at < text.len() {
        let (instruction, end) = instruction(text, at, &mut page.comments);
        at = end;
        let Some(Instruction { word, argument, body }) = instruction else { continue };
        let whole = Span::new(word.start, argument.place(Span::new(0, argument.text.len() as u32)).end.max(word.end));
        page.passages.push(whole);
        let starts = match text[word.range()].to_ascii_uppercase().as_str() {
            "FROM" => {
                let words: Vec<_> = argument.text.split_whitespace().collect();
                let named =
                    words.iter().position(|word| word.eq_ignore_ascii_case("as")).and_then(|at| words.get(at + 1));
                stage = named.map_or(Told::Nothing, |name| match place::by_name(name) {
                    Told::Is(place) if place != CommandPlace::Deploy => Told::Is(place),
                    _ => Told::Nothing,
                });
                continue;
            }
            "CMD" | "ENTRYPOINT" => true,
            "RUN" => false,
            _ => continue,
        };
        let otherwise = if starts { Own::Is(CommandPlace::Deploy) } else { Own::Else(CommandPlace::Unknown) };
        let own = match (own(path, otherwise), stage) {
            (Own::Is(place), _) if place != CommandPlace::Deploy => Own::Is(place),
            // A file that is named after its deployment builds its image no less away from the database.
            (_, _) if !starts => otherwise,
            (_, Told::Is(place)) => Own::Is(place),
            (own, _) => own,
        };
        let unit = nobody(path, own, if starts { "when the container starts" } else { "while the image is built" });
        let bare = argument.text.trim_start();
        if bare.starts_with('[')
            && let Some(list) = tree::json(&argument.text)
        {
            page.units.push(unit);
            let items: Vec<_> = list.items().to_vec();
            // The places within the list count from the argument.
            let index = page.units.len() - 1;
            let items: Vec<_> = items.into_iter().map(|item| moved(item, &argument)).collect();
            let entrypoint = text[word.range()].eq_ignore_ascii_case("entrypoint");
            page.words(index, &items, whole, entrypoint || !text.to_ascii_uppercase().contains("ENTRYPOINT"));
        } else {
            let index = page.script(unit, &without_flags(&argument));
            if let Some(body) = body {
                let unit = page.units[index].clone();
                page.script(crate::deploy::unit::Unit { runs: Vec::new(), ..unit }, &body);
            }
        }
    }
    page
}

/// A word of a list at its place in the file.
fn moved(item: tree::Node, argument: &Text) -> tree::Node {
    let at = argument.place(item.at);
    let value = match item.value {
        tree::Value::Scalar(text) => {
            let inner = Span::new(item.at.start, item.at.end);
            tree::Value::Scalar(argument.within(inner, &text.text))
        }
        other => other,
    };
    tree::Node { at, value }
}

/// `RUN --mount=... command`.
fn without_flags(argument: &Text) -> Text {
    let mut rest = argument.text.trim_start();
    while rest.starts_with("--") {
        rest = rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    let start = (argument.text.len() - rest.len()) as u32;
    argument.within(Span::new(start, argument.text.len() as u32), rest)
}

struct Instruction {
    word: Span,
    /// Without the backslashes that continue it, and without the comments between its lines.
    argument: Text,
    /// The lines of a here-document that is the script itself: `RUN <<EOF`.
    body: Option<Text>,
}

/// The instruction that begins with the line at `at`, and where the next line begins behind it.
fn instruction(text: &str, at: usize, comments: &mut Vec<Span>) -> (Option<Instruction>, usize) {
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
    let mut end = line_end(at);
    let line = &text[at..end];
    let bare = line.trim();
    let begin = at + (line.len() - line.trim_start().len());
    if bare.is_empty() {
        return (None, end);
    }
    if bare.starts_with('#') {
        comments.push(Span::new(begin as u32, (begin + bare.len()) as u32));
        return (None, end);
    }
    let length = bare.find(char::is_whitespace).unwrap_or(bare.len());
    let word = Span::new(begin as u32, (begin + length) as u32);
    let mut argument = Text::default();
    let (mut from, mut line) = (begin + length, &text[begin + length..end]);
    loop {
        let trimmed = line.trim_end();
        match trimmed.strip_suffix('\\') {
            Some(kept) => {
                argument.push(kept, from as u32);
                argument.push(" ", (from + kept.len()) as u32);
            }
            None => {
                argument.push(trimmed, from as u32);
                break;
            }
        }
        // Comments and empty lines do not end an instruction that is continued.
        loop {
            if end >= text.len() {
                let body = None;
                return (Some(Instruction { word, argument, body }), end);
            }
            from = end;
            end = line_end(end);
            line = &text[from..end];
            let bare = line.trim_start();
            if bare.starts_with('#') {
                let begin = from + (line.len() - bare.len());
                comments.push(Span::new(begin as u32, (begin + bare.trim_end().len()) as u32));
            } else if !bare.is_empty() {
                break;
            }
        }
    }
    let (body, end) = heredoc(text, &argument.text, end);
    (Some(Instruction { word, argument, body }), end)
}

/// The here-document of an instruction, where it has one, and where the next line begins behind it.
fn heredoc(text: &str, argument: &str, end: usize) -> (Option<Text>, usize) {
    let Some(at) = argument.find("<<") else { return (None, end) };
    let behind = argument[at + 2..].trim_start_matches('-');
    let word = behind.split_whitespace().next().unwrap_or_default();
    let delimiter = word.trim_matches(['"', '\'']);
    let begins = delimiter.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    if !begins || argument.contains("<<<") {
        return (None, end);
    }
    let mut next = end;
    for line in text[end..].split_inclusive('\n') {
        if line.trim() == delimiter {
            let body = (at == 0 || argument[..at].trim().is_empty()).then(|| Text::plain(&text[end..next], end as u32));
            return (body, next + line.len());
        }
        next += line.len();
    }
    // It never ends: then it is none.
    (None, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_read_with_their_lines() {
        let text = "# syntax\nFROM a AS dev\nRUN x \\\n  # why\n\n  && y\nCMD [\"npx\", \"prisma\"]\nFROM b\nRUN <<EOF\none\ntwo\nEOF\nENTRYPOINT exec z\n";
        let page = read("Dockerfile", text);
        let words: Vec<Vec<String>> = page
            .units
            .iter()
            .map(|unit| unit.runs.iter().map(|run| text[run.cause.range()].to_owned()).collect())
            .collect();
        assert_eq!(words[0], ["x", "y"]);
        assert_eq!(words[1], ["\"npx\", \"prisma\""]);
        assert_eq!(words[3], ["one", "two"]);
        assert_eq!(words[4], ["exec z"]);
        assert_eq!(page.units[1].own, Own::Is(CommandPlace::Dev));
        assert_eq!(page.units[4].own, Own::Is(CommandPlace::Deploy));
        assert_eq!(page.comments.len(), 2);
    }
}
