//! Files of lines: shell scripts, Makefiles, Procfiles.

use super::{nobody, own, own_of_part};
use crate::deploy::text::Text;
use crate::deploy::unit::{Name, Own, Page, Unit};
use crate::effect::CommandPlace;
use crate::source::Span;

/// A shell script.
pub(super) fn shell(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let first = text.lines().next().unwrap_or_default();
    let ending = path.ends_with("sh");
    // A script in another language, or no script at all.
    if (first.starts_with("#!") && !first.contains("sh")) || (!ending && !first.starts_with("#!")) {
        return page;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let unit = Unit::new(Name::File, own(path, Own::Else(CommandPlace::Unknown)), format!("by `{name}`"), path);
    page.script(unit, &Text::plain(text, 0));
    page
}

/// A Makefile: the recipes of its targets.
pub(super) fn make(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let mut recipe: Option<(Vec<String>, Text)> = None;
    let mut at = 0;
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let goes_on = line.trim_end().ends_with('\\');
        let was_continued = std::mem::replace(&mut continued, goes_on);
        if line.starts_with('\t') || (was_continued && recipe.is_some()) {
            if let Some((_, text)) = &mut recipe {
                recipe_line(text, line, start, was_continued);
            }
            continue;
        }
        let bare = line.trim();
        if bare.starts_with('#') {
            page.comments
                .push(Span::new((start + line.find('#').unwrap_or(0)) as u32, (start + line.trim_end().len()) as u32));
            continue;
        }
        if bare.is_empty() {
            continue;
        }
        end_recipe(path, recipe.take(), &mut page);
        // `a b: c`, but neither `a := b` nor `.PHONY: a`.
        if let Some((targets, rest)) = line.split_once(':')
            && !rest.starts_with(['=', ':'])
            && !targets.contains('=')
            && !targets.starts_with([' ', '.'])
        {
            let targets = targets.split_whitespace().map(str::to_owned).collect();
            recipe = Some((targets, Text::default()));
        }
    }
    end_recipe(path, recipe, &mut page);
    page.comments.sort();
    page
}

/// A line of a recipe as the shell sees it: without the prefixes, with make's own `$` taken away.
fn recipe_line(text: &mut Text, line: &str, start: usize, continued: bool) {
    let begin = if continued { line.trim_start() } else { line.trim_start().trim_start_matches(['@', '-', '+']) };
    let mut from = line.len() - begin.len();
    let prefix = from;
    let mut letters = line.char_indices().skip_while(move |(at, _)| *at < prefix).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '$' {
            continue;
        }
        match letters.peek().copied() {
            Some((next, '$')) => {
                text.push(&line[from..=at], (start + from) as u32);
                from = next + 1;
                letters.next();
            }
            // A variable of make looks to the shell like one of its own would.
            Some((next, '(')) => {
                let close = line[next..].find(')').map(|close| next + close);
                let simple = close
                    .filter(|close| line[next + 1..*close].bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_'));
                text.push(&line[from..=at], (start + from) as u32);
                match simple {
                    Some(close) => {
                        text.push("{", (start + next) as u32);
                        text.push(&line[next + 1..close], (start + next + 1) as u32);
                        text.push("}", (start + close) as u32);
                        from = close + 1;
                    }
                    None => from = next,
                }
            }
            _ => {}
        }
    }
    text.push(&line[from..], (start + from) as u32);
}

fn end_recipe(path: &str, recipe: Option<(Vec<String>, Text)>, page: &mut Page) {
    let Some((targets, text)) = recipe else { return };
    let Some(first) = targets.first() else { return };
    let own = own_of_part(path, first, Own::Else(CommandPlace::Unknown));
    let unit = Unit::new(Name::Target(first.clone()), own, format!("when `make {first}` is run"), path);
    let index = page.script(unit, &text);
    for other in targets.iter().skip(1) {
        let unit = Unit { name: Name::Target(other.clone()), ..page.units[index].clone() };
        page.units.push(unit);
    }
}

/// A Procfile: `name: command`.
pub(super) fn procfile(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let bare = line.trim_end();
        if bare.trim_start().starts_with('#') {
            page.comments.push(Span::new((start + bare.find('#').unwrap_or(0)) as u32, (start + bare.len()) as u32));
            continue;
        }
        let Some((name, command)) = bare.split_once(':') else { continue };
        let skipped = bare.len() - command.trim_start().len();
        let own = own(path, Own::Is(CommandPlace::Deploy));
        let occasion = match name.trim() {
            "release" => "in the release phase".to_owned(),
            name => format!("when the process `{name}` starts"),
        };
        page.script(nobody(path, own, occasion), &Text::plain(command.trim_start(), (start + skipped) as u32));
    }
    page
}
