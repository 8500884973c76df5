//! File names: numbers in front, natural order.

use super::{Entry, server};
use crate::migration::Role;
use crate::source::Span;
use crate::tool::{Remark, Tool};
use std::cmp::Ordering;
use std::ffi::OsStr;
use std::path::Path;

/// Whether a file is SQL, by its name.
pub(super) fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

/// A number of any length: it compares by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number(String);

impl Number {
    /// From decimal digits; `None` where something else is among them, or nothing is.
    pub(super) fn new(digits: &str) -> Option<Self> {
        let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| Self(digits.trim_start_matches('0').to_owned()))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The digits in front of a name, and what follows them.
pub(super) fn split_number(name: &str) -> Option<(Number, &str)> {
    let end = name.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(name.len());
    Some((Number::new(&name[..end])?, &name[end..]))
}

/// `<digits>_<name>`.
pub(super) fn numbered(name: &str) -> Option<(Number, &str)> {
    let (number, rest) = split_number(name)?;
    Some((number, rest.strip_prefix('_')?))
}

/// How many digits stand in front.
pub(super) fn digits(name: &str) -> usize {
    name.bytes().take_while(u8::is_ascii_digit).count()
}

/// Numbers within names compare by value, everything else byte by byte; names that are equal so compare byte by byte.
pub(super) fn natural(a: &OsStr, b: &OsStr) -> Ordering {
    let (left, right) = (a.as_encoded_bytes(), b.as_encoded_bytes());
    natural_bytes(left, right).then_with(|| left.cmp(right))
}

/// [`natural`] over whole paths, part by part.
pub(super) fn natural_path(a: &Path, b: &Path) -> Ordering {
    let (mut left, mut right) = (a.components(), b.components());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match natural(left.as_os_str(), right.as_os_str()) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

fn natural_bytes(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        match (a, b) {
            ([], []) => return Ordering::Equal,
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([x, ..], [y, ..]) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number, rest) = run_of_digits(a);
                let (other, other_rest) = run_of_digits(b);
                match (number.len(), number).cmp(&(other.len(), other)) {
                    Ordering::Equal => (a, b) = (rest, other_rest),
                    unequal => return unequal,
                }
            }
            ([x, rest @ ..], [y, other @ ..]) => match x.cmp(y) {
                Ordering::Equal => (a, b) = (rest, other),
                unequal => return unequal,
            },
        }
    }
}

/// The digits in front, without leading zeros, and the rest.
fn run_of_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    (&digits[zeros..], rest)
}

/// Says of files with a number that stands before already that the tool refuses them. Up and down are counted apart.
pub(super) fn refuse_duplicates(entries: &mut [Entry], tool: &Tool) {
    let key = |entry: &Entry| {
        let name = entry.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        (split_number(name).map(|(number, _)| number), entry.role == Role::Down, server::of_file(name))
    };
    let keys: Vec<_> = entries.iter().map(key).collect();
    refuse_same(entries, &keys, tool);
}

/// The same, with what the tool compares: a key for each of the first entries.
pub(super) fn refuse_same<K: PartialEq>(entries: &mut [Entry], keys: &[K], tool: &Tool) {
    for at in 1..entries.len().min(keys.len()) {
        if keys[at] == keys[at - 1] {
            let before = entries[at - 1].path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let problem = format!("{} refuses two files of one version: `{before}` has it, too", tool.display);
            let before = entries[at - 1].path.clone();
            entries[at].remark(refusal(problem, "give it the next version"), [before]);
        }
    }
}

/// Says of the file behind a gap in the numbers, which begin with 1, that the tool refuses it.
pub(super) fn refuse_gaps(entries: &mut [Entry], tool: &Tool) {
    let mut expected: u64 = 1;
    for entry in entries {
        let name = entry.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let Ok(number) = name[..digits(name)].parse::<u64>() else { continue };
        if number > expected {
            let problem = format!("{} refuses numbers with a gap: {expected} is missing before {number}", tool.display);
            entry.remark(refusal(problem, "number the files from 1 without a gap"), []);
            return;
        }
        expected = number.saturating_add(1);
    }
}

fn refusal(problem: String, advice: &str) -> Remark {
    Remark::refused(Span::empty(0), problem, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by(|a, b| natural(OsStr::new(a), OsStr::new(b)));
        names
    }

    #[test]
    fn numbers_compare_by_value() {
        assert_eq!(sorted(vec!["10_b", "9_a", "009_a", "1_c", "1_b"]), ["1_b", "1_c", "009_a", "9_a", "10_b"]);
        assert_eq!(sorted(vec!["v2-10", "v2-9", "v10"]), ["v2-9", "v2-10", "v10"]);
        let huge = ["99999999999999999999999999999999999999999_a", "100000000000000000000000000000000000000000_a"];
        assert_eq!(sorted(vec![huge[1], huge[0]]), huge);
    }

    #[test]
    fn a_path_compares_part_by_part() {
        assert_eq!(natural_path(Path::new("a/2/x.sql"), Path::new("a/10.sql")), Ordering::Less);
        assert_eq!(natural_path(Path::new("a"), Path::new("a/b")), Ordering::Less);
    }

    #[test]
    fn a_number_stands_in_front() {
        assert_eq!(numbered("0012_x.sql"), Some((Number("12".to_owned()), "x.sql")));
        assert_eq!(numbered("x_12.sql"), None);
        assert_eq!(numbered("12.sql"), None);
        assert!(Number::new("007") < Number::new("10"));
        assert_eq!(Number::new("0"), Number::new("000"));
        assert_eq!(Number::new("1a"), None);
    }
}
