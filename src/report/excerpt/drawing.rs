//! An excerpt as miette draws it, in one box.

use super::Excerpt;
use crate::report::text::Look;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use owo_colors::Style;
use std::fmt;

impl Excerpt {
    /// The excerpt in a box headed by the finding's place. The main label has the style `main`. Ends with a line end; `None` where miette
    /// could not draw it.
    pub(in crate::report) fn drawn(&self, main: Style, look: Look) -> Option<String> {
        let mut theme = if look.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        if look.color {
            let label = |primary| if primary { main } else { Style::new().blue() };
            // miette gives the styles to the labels in the order of the text.
            let mut labels: Vec<_> = self.labels.iter().collect();
            labels.sort_by_key(|label| label.range.start);
            theme.styles.highlights = labels.into_iter().map(|placed| label(placed.primary)).collect();
            theme.styles.link = Style::new();
            theme.styles.linum = Style::new().dimmed();
        }
        let handler = GraphicalReportHandler::new_themed(theme).with_urls(false).without_syntax_highlighting();
        let mut drawn = String::new();
        handler.render_report(&mut drawn, &View(self)).ok()?;
        // The first line would be a message; it is the heading's, which is not drawn here.
        let (_, boxes) = drawn.split_once('\n')?;
        Some(joined(boxes))
    }
}

/// miette draws lines that do not follow each other into boxes of their own. They are put into one, with `┆` where lines are left out.
fn joined(boxes: &str) -> String {
    const TOP: char = '╭';
    const BOTTOM: &str = "╰────";
    let edge = |line: &str| line.find(|character| character != ' ').unwrap_or(0);
    let is_top = |line: &str| line.trim_start().starts_with(TOP);
    let lines: Vec<&str> = boxes.lines().collect();
    let widest = lines.iter().filter(|line| is_top(line)).map(|line| edge(line)).max().unwrap_or(0);
    let mut joined = String::with_capacity(boxes.len());
    let mut indent = 0;
    let mut first = true;
    for (at, line) in lines.iter().enumerate() {
        let next_is_top = lines.get(at + 1).is_some_and(|next| is_top(next));
        if is_top(line) {
            indent = widest - edge(line);
            if !std::mem::take(&mut first) {
                continue;
            }
        }
        joined.extend(std::iter::repeat_n(' ', indent));
        if line.trim_start() == BOTTOM && next_is_top {
            joined.extend(std::iter::repeat_n(' ', edge(line)));
            joined.push('┆');
        } else {
            joined.push_str(line.trim_end());
        }
        joined.push('\n');
    }
    joined
}

/// An excerpt as miette asks for it.
#[derive(Debug)]
struct View<'a>(&'a Excerpt);

impl fmt::Display for View<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for View<'_> {}

impl miette::Diagnostic for View<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.0)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.labels()))
    }
}
