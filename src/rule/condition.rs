//! The tests of `[when]`: one field each, flat, all must hold.
//!
//! If a rule cannot be said so, the effects lack a word: add the word, not a construct here.

use super::definition::Text;
use super::suggest::nearest;
use crate::effect::{FieldSpec, FieldType, Value};
use crate::pattern;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// A test on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The field's name.
    pub field: Text,
    /// None of the matchers may match.
    pub negated: bool,
    /// One of them must match.
    pub any: Cow<'static, [Matcher]>,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// This word.
    Word(Text),
    /// A text in which `*` stands for any run of characters.
    Pattern(Text),
    /// This truth value.
    Boolean(bool),
    /// From this number, or from the word at this place of its list.
    AtLeast(u64),
    /// Up to this number, or to the word at this place of its list.
    AtMost(u64),
    /// This number.
    Exactly(u64),
}

impl Test {
    /// Whether a value passes. An effect that is about no relation has no relation fields: then no test on them passes.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        value.is_some_and(|value| self.any.iter().any(|matcher| matcher.matches(value)) != self.negated)
    }
}

impl Matcher {
    fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Word(wanted), Value::Word { word, .. }) => wanted == word,
            (Self::Pattern(pattern), Value::Text(text)) => pattern::matches(pattern, text),
            (Self::Boolean(wanted), Value::Boolean(value)) => wanted == value,
            (Self::AtLeast(least), Value::Word { rank, .. }) => *rank as u64 >= *least,
            (Self::AtMost(most), Value::Word { rank, .. }) => *rank as u64 <= *most,
            (Self::AtLeast(least), Value::Count(count)) => count >= least,
            (Self::AtMost(most), Value::Count(count)) => count <= most,
            (Self::Exactly(wanted), Value::Count(count)) => wanted == count,
            _ => false,
        }
    }
}

/// What is wrong with a value, where in the TOML, and what would be right.
pub(super) struct BadValue {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads one test.
///
/// # Errors
/// [`BadValue`] where the field cannot have such a value.
pub(super) fn test(spec: &FieldSpec, value: &Spanned<DeValue<'_>>) -> Result<Test, BadValue> {
    let alone = std::slice::from_ref(value);
    let values = match value.get_ref() {
        DeValue::Array(values) => values,
        _ => alone,
    };
    let mut negated = None;
    let mut any = Vec::new();
    for value in values {
        let (not, matcher) = matcher(spec, value)?;
        if *negated.get_or_insert(not) != not {
            return Err(BadValue {
                at: value.span(),
                message: "a list cannot mix `!x` and `x`".into(),
                help: "a list is either any of these, or with `!` at each none of these".into(),
            });
        }
        any.push(matcher);
    }
    let Some(negated) = negated else {
        return Err(BadValue {
            at: value.span(),
            message: format!("an empty list: no `{}` could ever match", spec.name),
            help: "leave the line out, or name a value".into(),
        });
    };
    Ok(Test { field: spec.name.into(), negated, any: any.into() })
}

/// Reads one value: is it negated, and what does it match?
fn matcher(spec: &FieldSpec, value: &Spanned<DeValue<'_>>) -> Result<(bool, Matcher), BadValue> {
    let bad = |message: String, help: String| Err(BadValue { at: value.span(), message, help });
    let expected = |what: &str| bad(format!("`{}` needs {what}", spec.name), about(spec));
    match (spec.ty, value.get_ref()) {
        (FieldType::Boolean, DeValue::Boolean(wanted)) => Ok((false, Matcher::Boolean(*wanted))),
        (FieldType::Boolean, _) => expected("`true` or `false`, without quotes"),
        (FieldType::Count, DeValue::Integer(number)) => match number.as_str().parse() {
            Ok(number) => Ok((false, Matcher::Exactly(number))),
            Err(_) => expected("a number from 0"),
        },
        (FieldType::Count, DeValue::String(text)) => {
            let (operator, rest) = split_operator(text);
            let Ok(number) = rest.parse() else {
                return expected("a number from 0, as in `2`, `\">= 2\"` or `\"!2\"`");
            };
            Ok(match operator {
                Operator::Is => (false, Matcher::Exactly(number)),
                Operator::Not => (true, Matcher::Exactly(number)),
                Operator::AtLeast => (false, Matcher::AtLeast(number)),
                Operator::AtMost => (false, Matcher::AtMost(number)),
            })
        }
        (FieldType::Count, _) => expected("a number"),
        (FieldType::Text, DeValue::String(text)) => {
            let (not, text) = text.strip_prefix('!').map_or((false, &**text), |rest| (true, rest));
            Ok((not, Matcher::Pattern(text.to_owned().into())))
        }
        (FieldType::Text, _) => expected("a text in quotes"),
        (FieldType::Word(words) | FieldType::Ordered(words), DeValue::String(text)) => {
            let (operator, word) = split_operator(text);
            let Some(rank) = words.iter().position(|known| *known == word) else {
                let help = nearest(word, words.iter().copied())
                    .map_or_else(|| about(spec), |meant| format!("did you mean `{meant}`?"));
                return bad(format!("`{}` is never `{word}`", spec.name), help);
            };
            let compares = matches!(operator, Operator::AtLeast | Operator::AtMost);
            if compares && !matches!(spec.ty, FieldType::Ordered(_)) {
                return bad(
                    format!("the words of `{}` have no order", spec.name),
                    "name those that are meant in a list".into(),
                );
            }
            Ok(match operator {
                Operator::Is => (false, Matcher::Word(word.to_owned().into())),
                Operator::Not => (true, Matcher::Word(word.to_owned().into())),
                Operator::AtLeast => (false, Matcher::AtLeast(rank as u64)),
                Operator::AtMost => (false, Matcher::AtMost(rank as u64)),
            })
        }
        (FieldType::Word(_) | FieldType::Ordered(_), _) => expected("a word in quotes"),
    }
}

/// What a field means and can be.
fn about(spec: &FieldSpec) -> String {
    let values = match spec.ty {
        FieldType::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        FieldType::Ordered(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" < "),
        FieldType::Text => "any text".into(),
        FieldType::Boolean => "`true` or `false`".into(),
        FieldType::Count => "a number".into(),
    };
    format!("`{}` is {values}: {}", spec.name, spec.doc.trim())
}

enum Operator {
    Is,
    Not,
    AtLeast,
    AtMost,
}

fn split_operator(text: &str) -> (Operator, &str) {
    let prefixes = [("!", Operator::Not), (">=", Operator::AtLeast), ("<=", Operator::AtMost)];
    prefixes
        .into_iter()
        .find_map(|(prefix, operator)| Some((operator, text.strip_prefix(prefix)?.trim_start())))
        .unwrap_or((Operator::Is, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{Blocks, FieldValue};

    fn read(ty: FieldType, toml: &str) -> Result<Test, String> {
        let spec = FieldSpec { name: "f", ty, doc: "d" };
        test(&spec, &DeValue::parse(toml).unwrap()).map_err(|bad| bad.message)
    }

    #[test]
    fn ordered_words_compare_by_rank() {
        let test = read(Blocks::TYPE, r#"">= writes""#).unwrap();
        assert!(test.passes(Some(&Blocks::Writes.value())));
        assert!(test.passes(Some(&Blocks::Reads.value())));
        assert!(!test.passes(Some(&Blocks::SchemaChanges.value())));
        let most = read(Blocks::TYPE, r#""<= schema-changes""#).unwrap();
        assert!(!most.passes(Some(&Blocks::Writes.value())));
        assert!(read(FieldType::Word(&["a", "b"]), r#"">= a""#).unwrap_err().contains("no order"));
    }

    #[test]
    fn a_list_is_any_of_or_none_of() {
        let word = |word| Value::Word { word, display: word, rank: 0 };
        let words = FieldType::Word(&["a", "b", "c"]);
        let any = read(words, r#"["a", "b"]"#).unwrap();
        assert!(any.passes(Some(&word("b"))) && !any.passes(Some(&word("c"))));
        let none = read(words, r#"["!a", "!b"]"#).unwrap();
        assert!(none.passes(Some(&word("c"))) && !none.passes(Some(&word("b"))));
        assert!(!none.passes(None), "a field that the effect does not have");
        assert!(read(words, r#"["!a", "b"]"#).unwrap_err().contains("mix"));
        assert!(read(words, "[]").unwrap_err().contains("empty list"));
        assert!(read(words, r#""d""#).unwrap_err().contains("never `d`"));
    }

    #[test]
    fn counts_compare_and_refuse_words() {
        let test = read(FieldType::Count, r#"">= 2""#).unwrap();
        assert!(test.passes(Some(&Value::Count(2))) && !test.passes(Some(&Value::Count(1))));
        assert!(read(FieldType::Count, "-1").is_err());
        assert!(read(FieldType::Count, r#""many""#).is_err());
        assert!(read(FieldType::Boolean, r#""true""#).is_err());
    }

    #[test]
    fn a_star_stands_for_any_run() {
        let matches = |pattern, text: &str| {
            read(FieldType::Text, &format!("{pattern:?}")).unwrap().passes(Some(&Value::Text(text.into())))
        };
        assert!(matches("audit_*", "audit_log") && !matches("audit_*", "my_audit_log"));
        assert!(matches("*_id*", "user_id") && matches("a*b*a", "abba") && !matches("a*b*a", "ab"));
        assert!(!matches("a*a", "a"), "the ends may not overlap");
        assert!(matches("!public.*", "app.t") && !matches("!public.*", "public.t"));
        assert!(matches("", "") && matches("!", "x"));
    }
}
