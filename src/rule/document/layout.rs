//! The Markdown of a rule document: title, summary, definition, sections, examples.

use super::{Change, Encoding, Example, Mistake, Options, SECTIONS, Snippet};
use crate::rule::suggest::nearest;
use crate::source::Span;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag};
use std::ops::Range;

/// The parts of a document.
pub(super) struct Layout<'a> {
    pub(super) title: Span,
    pub(super) title_text: &'a str,
    pub(super) summary: String,
    /// The content of the TOML block.
    pub(super) definition: Span,
    pub(super) examples: Vec<Example>,
}

/// A block at the top level.
enum Block {
    Heading { level: HeadingLevel, text: Span },
    Paragraph,
    Code { info: Span, content: Span },
    Other,
}

/// Reads the layout; `None` where there is no title or no definition to go on with.
pub(super) fn read<'a>(text: &'a str, mistakes: &mut Vec<Mistake>) -> Option<Layout<'a>> {
    let mut say = |at: Span, message: String, help: &str| {
        let help = (!help.is_empty()).then(|| help.to_owned());
        mistakes.push(Mistake { at, message, help });
    };
    let mut blocks = blocks(text).into_iter().peekable();
    let title = match blocks.next() {
        None => {
            say(Span::empty(0), "the document is empty".into(), "");
            return None;
        }
        Some((_, Block::Heading { level: HeadingLevel::H1, text })) => text,
        Some((at, _)) => {
            say(at, "a rule document begins with its title".into(), "write `# name-of-the-rule` first");
            return None;
        }
    };
    let mut summary = String::new();
    let definition = loop {
        match blocks.next_if(|(_, block)| !matches!(block, Block::Heading { .. })) {
            Some((at, Block::Paragraph)) if summary.is_empty() => {
                summary = text[at.range()].split_whitespace().collect::<Vec<_>>().join(" ");
            }
            Some((_, Block::Code { info, content })) if &text[info.range()] == "toml" => break content,
            Some((at, _)) => {
                let help =
                    "between the title and the first section: one paragraph, then the definition in a ```toml block";
                say(at, "only a one-paragraph summary may stand before the definition".into(), help);
            }
            None => {
                say(title, "the definition is missing".into(), "write it in a ```toml block behind the summary");
                return None;
            }
        }
    };
    if summary.is_empty() {
        say(title, "the summary is missing".into(), "write one paragraph behind the title");
    }
    let mut sections = Sections { text, ..Sections::default() };
    for (at, block) in blocks {
        sections.block(at, block, &mut say);
    }
    sections.end(Span::empty(text.len() as u32), SECTIONS.len(), &mut say);
    Some(Layout { title, title_text: &text[title.range()], summary, definition, examples: sections.examples })
}

#[derive(Default)]
struct Sections<'a> {
    text: &'a str,
    /// How many of [`SECTIONS`] have begun.
    begun: usize,
    /// The heading of the section that is still empty.
    empty: Option<Span>,
    /// The given files in force.
    given: Vec<Snippet>,
    /// An example has used them: the next given file starts anew.
    used: bool,
    /// The block before was an example, so its diagnostic or its fix may follow.
    open: bool,
    examples: Vec<Example>,
}

impl Sections<'_> {
    fn current(&self) -> &'static str {
        self.begun.checked_sub(1).map_or("", |at| SECTIONS[at])
    }

    fn block(&mut self, at: Span, block: Block, say: &mut impl FnMut(Span, String, &str)) {
        match block {
            Block::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, text } => {
                self.open = false;
                let name = &self.text[text.range()];
                let at = Span::new(at.start, text.end);
                match SECTIONS.iter().position(|section| *section == name) {
                    Some(place) if place < self.begun => say(at, format!("a second section `{name}`"), ""),
                    Some(place) => {
                        self.end(at, place, say);
                        self.begun = place + 1;
                        self.empty = Some(at);
                    }
                    None => {
                        let known = SECTIONS.map(|section| format!("`## {section}`")).join(", ");
                        say(at, format!("an unknown section `{name}`"), &format!("the sections are {known}"));
                    }
                }
                return;
            }
            Block::Code { info, content } => self.code(at, info, content, say),
            _ if self.begun == 0 => {
                say(at, "text between the definition and the first section".into(), "move it below `## Why`");
            }
            _ => self.open = false,
        }
        self.empty = None;
    }

    /// A section ends, because the one at `next` begins, or the document ends.
    fn end(&mut self, at: Span, next: usize, say: &mut impl FnMut(Span, String, &str)) {
        if let Some(heading) = self.empty.take() {
            say(heading, format!("the section `{}` is empty", self.current()), "");
        } else if let wanted @ ("Bad" | "Good") = self.current() {
            let bad = wanted == "Bad";
            if !self.examples.iter().any(|example| example.bad == bad) {
                let word = wanted.to_lowercase();
                say(
                    at,
                    format!("the section `{wanted}` has no example"),
                    &format!("write one in a ```sql {word} block"),
                );
            }
        }
        for missing in SECTIONS.iter().take(next).skip(self.begun) {
            say(at, format!("the section `{missing}` is missing"), "");
        }
    }

    fn code(&mut self, block: Span, info: Span, content: Span, say: &mut impl FnMut(Span, String, &str)) {
        let mut words = words(self.text, info);
        let language = words.next().map_or("", |word| &self.text[word.range()]);
        if language == "text" {
            match self.examples.last_mut() {
                Some(example) if self.open && example.bad && example.rendered.is_none() => {
                    example.rendered = Some(content);
                }
                // Any other text block is prose.
                _ => {}
            }
            return;
        }
        // A block of another language is an example where it says so, and prose elsewhere.
        let is_kind = |word: Span| matches!(&self.text[word.range()], "given" | "bad" | "good");
        let is_example = words.clone().next().is_some_and(is_kind);
        if language == "toml" && !is_example {
            say(block, "a second definition".into(), "a document has one ```toml block");
            return;
        }
        let sql = language == "sql";
        if !sql && !is_example {
            self.open = false;
            return;
        }
        let open = std::mem::replace(&mut self.open, false);
        if !matches!(self.current(), "Bad" | "Good") {
            say(block, "SQL outside the sections `Bad` and `Good`".into(), "every example is run: move it there");
            return;
        }
        let kind = words.next();
        let options = options(self.text, words, say);
        if !sql && options.name.is_none() {
            say(block, "a file without a name".into(), "what is read in it depends on that: write `name=deploy.sh`");
        }
        let snippet = Snippet { content, block, sql, options };
        match kind.map_or("", |word| &self.text[word.range()]) {
            "given" => {
                if std::mem::replace(&mut self.used, false) {
                    self.given.clear();
                }
                self.given.push(snippet);
            }
            "bad" if self.current() == "Good" => {
                say(block, "a bad example in the section `Good`".into(), "move it to the section `Bad`");
            }
            word @ ("bad" | "good") => {
                self.used = true;
                self.open = true;
                let given = if snippet.options.alone { Vec::new() } else { self.given.clone() };
                let (rendered, fixed) = (None, None);
                self.examples.push(Example { bad: word == "bad", given, judged: snippet, rendered, fixed });
            }
            "fixed" => match self.examples.last_mut() {
                Some(example) if open && example.bad && example.fixed.is_none() => {
                    example.fixed = Some(content);
                    self.open = true;
                }
                _ => say(block, "`fixed` does not follow a bad example".into(), ""),
            },
            _ => {
                let at = Span::new(block.start, info.end);
                say(at, "a ```sql block is given, bad, good or fixed".into(), "write which behind `sql`");
            }
        }
    }
}

/// The words of an info string.
fn words(text: &str, info: Span) -> impl Iterator<Item = Span> + Clone {
    let slice = &text[info.range()];
    slice.split_ascii_whitespace().map(move |word| {
        let offset = info.start + (word.as_ptr() as usize - slice.as_ptr() as usize) as u32;
        Span::new(offset, offset + word.len() as u32)
    })
}

fn options(text: &str, words: impl Iterator<Item = Span>, say: &mut impl FnMut(Span, String, &str)) -> Options {
    const KNOWN: [&str; 13] = [
        "postgres=",
        "tool=",
        "wrapped",
        "file=seed",
        "name=",
        "change=",
        "from-empty",
        "whole",
        "require-reasons",
        "theirs",
        "alone",
        "latin1",
        "utf16",
    ];
    let mut options = Options::default();
    for at in words {
        let word = &text[at.range()];
        match word.split_once('=') {
            Some(("postgres", version)) => match version.parse() {
                Ok(version) => options.postgres = Some(version),
                Err(_) => say(at, format!("`{version}` is no major version"), "as in `postgres=15`"),
            },
            Some(("tool", tool)) => options.tool = Some(tool.to_owned()),
            Some(("file", "seed")) => options.seed = true,
            Some(("name", name)) => options.name = Some(name.to_owned()),
            Some(("change", change)) => match change_in(change) {
                Some(change) => options.change = Some(change),
                None => say(
                    at,
                    format!("a file does not become `{change}`"),
                    "write added, edited, deleted, ignored or renamed-from:<the name that it had>",
                ),
            },
            None if word == "wrapped" => options.wrapped = true,
            None if word == "from-empty" => options.from_empty = true,
            None if word == "whole" => options.whole = true,
            None if word == "require-reasons" => options.require_reasons = true,
            None if word == "theirs" => options.theirs = true,
            None if word == "alone" => options.alone = true,
            None if word == "latin1" => options.encoding = Encoding::Latin1,
            None if word == "utf16" => options.encoding = Encoding::Utf16,
            _ => {
                let help = nearest(word, KNOWN).map_or_else(
                    || format!("the attributes are {}", KNOWN.join(", ")),
                    |meant| format!("did you mean `{meant}`?"),
                );
                say(at, format!("an unknown attribute `{word}`"), &help);
            }
        }
    }
    options
}

/// What a branch did to a file, by its word.
fn change_in(word: &str) -> Option<Change> {
    Some(match word {
        "added" => Change::Added,
        "edited" => Change::Edited,
        "deleted" => Change::Deleted,
        "ignored" => Change::Ignored,
        _ => Change::Renamed(word.strip_prefix("renamed-from:").filter(|name| !name.is_empty())?.to_owned()),
    })
}

/// The blocks at the top level, each with its place.
fn blocks(text: &str) -> Vec<(Span, Block)> {
    let span = |range: Range<usize>| Span::new(range.start as u32, range.end as u32);
    let trimmed = |range: Range<usize>| {
        let end = range.start + text[range.clone()].trim_end().len();
        span(range.start..end)
    };
    let mut blocks: Vec<(Span, Block)> = Vec::new();
    let mut depth = 0usize;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    let block = match tag {
                        Tag::Heading { level, .. } => Block::Heading { level, text: heading_text(text, range.clone()) },
                        Tag::Paragraph => Block::Paragraph,
                        Tag::CodeBlock(CodeBlockKind::Fenced(_)) => fenced(text, range.clone()),
                        _ => Block::Other,
                    };
                    blocks.push((trimmed(range), block));
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ if depth == 0 => blocks.push((trimmed(range), Block::Other)),
            _ => {}
        }
    }
    blocks
}

fn heading_text(text: &str, range: Range<usize>) -> Span {
    let heading = &text[range.clone()];
    let inner = heading.trim_start_matches('#').trim_start();
    let start = range.end - inner.len();
    let inner = inner.lines().next().unwrap_or_default().trim_end().trim_end_matches('#').trim_end();
    Span::new(start as u32, (start + inner.len()) as u32)
}

/// Info string and content of a fenced block at the top level.
fn fenced(text: &str, range: Range<usize>) -> Block {
    let block = &text[range.clone()];
    let fence = block.chars().next().unwrap_or('`');
    let opening = block.len() - block.trim_start_matches(fence).len();
    let line_end = |from: usize| block[from..].find('\n').map_or(block.len(), |at| from + at + 1);
    let content = line_end(0);
    let info = &block[opening..content];
    let info_start = range.start + opening + (info.len() - info.trim_start().len());
    let info_end = (range.start + opening + info.trim_end().len()).max(info_start);
    // The closing fence is the last line; a block that the document's end closes has none.
    let last = block.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let closing = block[last..].trim();
    let closed = last >= content && closing.len() >= opening && closing.chars().all(|letter| letter == fence);
    let end = if closed { last } else { block.len().max(content) };
    let at = |offset: usize| (range.start + offset) as u32;
    Block::Code { info: Span::new(info_start as u32, info_end as u32), content: Span::new(at(content), at(end)) }
}
