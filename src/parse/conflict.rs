//! Marks that git leaves in a file where two branches changed the same lines: no server takes them, whatever stands between.

use super::Parsed;
use crate::migration::{Problem, ProblemKind};
use crate::source::Span;

/// Tells each conflict once, in place of what else could not be read in it.
pub(super) fn mark(text: &str, parsed: &mut Parsed) {
    let conflicts = find(text);
    if conflicts.is_empty() {
        return;
    }
    let is_within = |problem: &Problem| {
        let at = conflicts.partition_point(|(_, whole)| whole.end <= problem.span.start);
        conflicts.get(at).is_some_and(|(_, whole)| whole.start <= problem.span.start)
    };
    parsed.problems.retain(|problem| !is_within(problem));
    for (mark, _) in conflicts {
        let at = parsed.statements.partition_point(|statement| statement.span.end < mark.start);
        let statement = parsed.statements.get(at).filter(|statement| statement.span.start <= mark.start).map(|_| at);
        let message = "this is a mark of a merge conflict".to_owned();
        let help = Some("keep one of the two sides, or write both without the marks".to_owned());
        parsed.problems.push(Problem { span: mark, statement, kind: ProblemKind::Syntax { message, help } });
    }
    parsed.problems.sort_by_key(|problem| problem.span);
}

/// The conflicts, each with its first mark and its whole. Only all three marks together are one.
fn find(text: &str) -> Vec<(Span, Span)> {
    if memchr::memmem::find(text.as_bytes(), b"<<<<<<<").is_none() {
        return Vec::new();
    }
    let mut conflicts = Vec::new();
    let (mut at, mut first, mut parted) = (0, None, false);
    for line in text.split_inclusive('\n') {
        let (start, content) = (at, line.trim_end());
        at += line.len();
        let is = |mark: &str| content.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if is("<<<<<<<") {
            (first, parted) = (Some(Span::new(start as u32, (start + content.len()) as u32)), false);
        } else if content == "=======" {
            parted = first.is_some();
        } else if is(">>>>>>>") && parted {
            conflicts.extend(first.take().map(|mark: Span| (mark, Span::new(mark.start, at as u32))));
            parted = false;
        }
    }
    conflicts
}

#[cfg(test)]
mod tests {
    use crate::dialect::Dialect;
    use crate::migration::ProblemKind;
    use crate::parse::parse;
    use crate::source::Source;

    fn told(text: &str) -> Vec<String> {
        let source = Source::new("a.sql", text);
        let problems = parse(&source, Dialect::Postgres).problems.into_iter();
        let told = problems.map(|problem| match problem.kind {
            ProblemKind::Syntax { message, .. } => format!("{}: {message}", &text[problem.span.range()]),
            kind => format!("{kind:?}"),
        });
        told.collect()
    }

    #[test]
    fn a_conflict_is_told_once() {
        let conflict = |name: &str| {
            format!("<<<<<<< {name}\nCREATE INDEX a ON t (a);\n=======\nCREATE INDEX b ON t (b);\n>>>>>>> theirs\n")
        };
        let one = |name: &str| format!("<<<<<<< {name}: this is a mark of a merge conflict");
        assert_eq!(told(&format!("SELECT 1;\n{}SELECT 2;\n", conflict("HEAD"))), [one("HEAD")]);
        assert_eq!(told(&format!("{}{}", conflict("a"), conflict("b"))), [one("a"), one("b")]);
        assert_eq!(told(&conflict("HEAD").replace('\n', "\r\n")), [one("HEAD")]);
        // With what both had (`merge.conflictStyle = diff3`).
        assert_eq!(told(&conflict("HEAD").replace("=======", "||||||| 1a2b\n=======")), [one("HEAD")]);
        assert_eq!(told("/*\n=======\n*/\nSELECT 1;\n-- <<<<<<< x\n"), [""; 0]);
    }
}
