//! Text that a file quotes, folds or indents, and where each part of it stands in the file.

use crate::source::Span;

/// Text as a program gets to see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Where runs begin: in the text, and in the file. Within a run both go on alike.
    runs: Vec<(u32, u32)>,
}

impl Text {
    /// A slice of the file as it is; `at` is where it begins.
    pub(super) fn plain(text: &str, at: u32) -> Self {
        Self { text: text.to_owned(), runs: vec![(0, at)] }
    }

    /// Adds text that stands in the file at that place.
    pub(super) fn push(&mut self, text: &str, at: u32) {
        if text.is_empty() {
            return;
        }
        let here = self.text.len() as u32;
        let goes_on = self.runs.last().is_some_and(|(run, place)| place + (here - run) == at);
        if !goes_on {
            self.runs.push((here, at));
        }
        self.text.push_str(text);
    }

    /// Where a part of the text stands in the file.
    pub(super) fn place(&self, span: Span) -> Span {
        let at = |offset: u32| {
            let run = self.runs.partition_point(|(run, _)| *run <= offset).checked_sub(1);
            run.and_then(|run| self.runs.get(run)).map_or(offset, |(run, place)| place + (offset - run))
        };
        let start = at(span.start);
        if span.end <= span.start {
            return Span::empty(start);
        }
        // The end belongs to the last letter, not to what comes behind it.
        let last =
            self.text.get(span.range()).and_then(|text| text.chars().next_back()).map_or(1, char::len_utf8) as u32;
        Span::new(start, (at(span.end - last) + last).max(start))
    }

    /// A part of this text as the next program sees it, which takes quotes and backslashes away and adds nothing.
    pub(super) fn within(&self, part: Span, seen: &str) -> Self {
        let mut text = Self::default();
        let mut raw = self.text.get(part.range()).unwrap_or_default().char_indices();
        let mut run: Option<(u32, u32, String)> = None;
        for letter in seen.chars() {
            let Some((offset, _)) = raw.by_ref().find(|(_, raw)| *raw == letter) else { break };
            let at = self.place(Span::empty(part.start + offset as u32)).start;
            match &mut run {
                Some((_, end, letters)) if *end == at => {
                    letters.push(letter);
                    *end += letter.len_utf8() as u32;
                }
                _ => {
                    if let Some((start, _, letters)) = run.take() {
                        text.push(&letters, start);
                    }
                    run = Some((at, at + letter.len_utf8() as u32, letter.to_string()));
                }
            }
        }
        if let Some((start, _, letters)) = run {
            text.push(&letters, start);
        }
        text
    }

    /// What stands between double quotes in JSON and YAML. `at` is where the inner text begins.
    pub(super) fn double_quoted(inner: &str, at: u32) -> Self {
        let mut text = Self::default();
        let mut letters = inner.char_indices().peekable();
        let mut plain_from = 0;
        while let Some((index, letter)) = letters.next() {
            let folds = letter == '\n';
            if letter != '\\' && !folds {
                continue;
            }
            let here = at + index as u32;
            if folds {
                // A line end within a flow scalar of YAML is a blank.
                text.push(inner[plain_from..index].trim_end_matches([' ', '\t', '\r']), at + plain_from as u32);
                text.push(" ", here);
                plain_from = index + 1;
                while let Some((next, _)) = letters.next_if(|(_, letter)| matches!(letter, ' ' | '\t')) {
                    plain_from = next + 1;
                }
                continue;
            }
            text.push(&inner[plain_from..index], at + plain_from as u32);
            let Some((next, escaped)) = letters.next() else {
                plain_from = inner.len();
                break;
            };
            plain_from = next + escaped.len_utf8();
            let decoded = match escaped {
                'n' => "\n".to_owned(),
                't' => "\t".to_owned(),
                'r' => "\r".to_owned(),
                '0' => "\0".to_owned(),
                'b' | 'f' | 'v' | 'a' | 'e' => " ".to_owned(),
                '\n' => {
                    while let Some((next, _)) = letters.next_if(|(_, letter)| matches!(letter, ' ' | '\t')) {
                        plain_from = next + 1;
                    }
                    continue;
                }
                'u' | 'x' | 'U' => {
                    let digits = match escaped {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let code =
                        inner.get(plain_from..plain_from + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
                    if code.is_some() {
                        plain_from += digits;
                        while letters.next_if(|(index, _)| *index < plain_from).is_some() {}
                    }
                    code.and_then(char::from_u32).unwrap_or('\u{fffd}').to_string()
                }
                other => other.to_string(),
            };
            text.push(&decoded, here);
        }
        text.push(inner.get(plain_from..).unwrap_or_default(), at + plain_from as u32);
        text
    }

    /// A plain scalar of YAML, or what stands between single quotes there.
    pub(super) fn folded(inner: &str, at: u32, quoted: bool) -> Self {
        let mut text = Self::default();
        for (number, line) in inner.split_inclusive('\n').enumerate() {
            let offset = at + (line.as_ptr() as usize - inner.as_ptr() as usize) as u32;
            let trimmed = if number == 0 { line } else { line.trim_start_matches([' ', '\t']) };
            let begin = offset + (line.len() - trimmed.len()) as u32;
            let ends = trimmed.ends_with('\n');
            let trimmed = if ends { trimmed.trim_end() } else { trimmed };
            let mut from = 0;
            if quoted {
                for (pair, _) in trimmed.match_indices("''") {
                    if pair < from {
                        continue;
                    }
                    text.push(&trimmed[from..=pair], begin + from as u32);
                    from = pair + 2;
                }
            }
            text.push(trimmed.get(from..).unwrap_or_default(), begin + from as u32);
            if ends {
                text.push(" ", begin + trimmed.len() as u32);
            }
        }
        text
    }

    /// A block scalar of YAML: `inner` are its lines behind the header, with their indentation.
    pub(super) fn block(inner: &str, at: u32, folds: bool) -> Self {
        let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let content = inner.lines().filter(|line| !line.trim().is_empty());
        let indent = content.clone().next().map_or(0, indent_of);
        let mut text = Self::default();
        for line in inner.split_inclusive('\n') {
            let offset = at + (line.as_ptr() as usize - inner.as_ptr() as usize) as u32;
            let cut = indent_of(line).min(indent);
            let kept = &line[cut..];
            let begin = offset + cut as u32;
            match kept.strip_suffix('\n') {
                // A line that is indented further is not folded.
                Some(words) if folds && !words.trim().is_empty() && !words.starts_with(' ') => {
                    text.push(words, begin);
                    text.push(" ", begin + words.len() as u32);
                }
                _ => text.push(kept, begin),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn stands(file: &str, text: &Text, word: &str) {
        let start = text.text.find(word).unwrap() as u32;
        let place = text.place(Span::new(start, start + word.len() as u32));
        assert_eq!(&file[place.range()], word, "{text:?}");
    }

    #[test]
    fn parts_are_found_in_the_file() {
        let file = r#""a \"b\" \u00e9 cd""#;
        let text = Text::double_quoted(&file[1..file.len() - 1], 1);
        assert_eq!(text.text, "a \"b\" é cd");
        ["a", "b", "cd"].iter().for_each(|word| stands(file, &text, word));

        let file = "run: one\n  two 'x'";
        let text = Text::folded(&file[5..], 5, false);
        assert_eq!(text.text, "one two 'x'");
        ["one", "two", "'x'"].iter().for_each(|word| stands(file, &text, word));

        let file = "'it''s'";
        let text = Text::folded(&file[1..6], 1, true);
        assert_eq!(text.text, "it's");

        let file = "run: |\n    one\n      two\n\n    three\n";
        let text = Text::block(&file[7..], 7, false);
        assert_eq!(text.text, "one\n  two\n\nthree\n");
        ["one", "two", "three"].iter().for_each(|word| stands(file, &text, word));
        let file = r#"a "b \"c\" d""#;
        let text = Text::plain(file, 0).within(Span::new(2, file.len() as u32), "b \"c\" d");
        assert_eq!(text.text, "b \"c\" d");
        ["b", "c", "d"].iter().for_each(|word| stands(file, &text, word));
        let folded = Text::block("  one\n  two\n", 0, true);
        assert_eq!(folded.text, "one two ");
    }
}
