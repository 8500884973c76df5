//! The little of GitHub's expression language that action.yml uses: places in contexts, strings, `== != && || !` and parentheses.
//!
//! As GitHub's documentation ("Evaluate expressions") has it: what is not there is null, which equals the empty string; strings are compared
//! without regard to case.

use serde_json::Value;

/// `text` with each `${{ ... }}` replaced by its value.
pub(crate) fn fill(text: &str, contexts: &Value) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, behind) = after.split_once("}}").unwrap_or_else(|| panic!("`{text}` has no `}}}}`"));
        filled.push_str(before);
        filled.push_str(&shown(&value(expression, contexts)));
        rest = behind;
    }
    filled + rest
}

/// Whether the condition of a step holds; with or without `${{ }}`.
pub(crate) fn holds(condition: &str, contexts: &Value) -> bool {
    let bare = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
    truth(&value(bare, contexts))
}

/// The value of an expression.
pub(crate) fn value(expression: &str, contexts: &Value) -> Value {
    let tokens = tokens(expression);
    let mut reader = Reader { tokens: &tokens, contexts };
    let value = reader.either();
    assert!(reader.tokens.is_empty(), "`{expression}`: nothing is known of {:?}", reader.tokens);
    value
}

struct Reader<'a> {
    tokens: &'a [String],
    contexts: &'a Value,
}

impl Reader<'_> {
    fn taken(&mut self, token: &str) -> bool {
        let is_next = self.tokens.first().is_some_and(|first| first == token);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn either(&mut self) -> Value {
        let mut value = self.both();
        while self.taken("||") {
            let other = self.both();
            value = if truth(&value) { value } else { other };
        }
        value
    }

    fn both(&mut self) -> Value {
        let mut value = self.compared();
        while self.taken("&&") {
            let other = self.compared();
            value = if truth(&value) { other } else { value };
        }
        value
    }

    fn compared(&mut self) -> Value {
        let left = self.single();
        let negated = if self.taken("==") {
            false
        } else if self.taken("!=") {
            true
        } else {
            return left;
        };
        let right = self.single();
        Value::Bool(shown(&left).eq_ignore_ascii_case(&shown(&right)) != negated)
    }

    fn single(&mut self) -> Value {
        if self.taken("!") {
            return Value::Bool(!truth(&self.single()));
        }
        if self.taken("(") {
            let value = self.either();
            assert!(self.taken(")"), "a parenthesis is open");
            return value;
        }
        let (first, rest) = self.tokens.split_first().expect("the expression ends too early");
        self.tokens = rest;
        if let Some(quoted) = first.strip_prefix('\'') {
            return Value::String(quoted.to_owned());
        }
        let mut parts = first.split('.');
        let context = parts.next().unwrap_or_default();
        let context = self.contexts.get(context).unwrap_or_else(|| panic!("there is no context `{context}`"));
        parts.fold(context.clone(), |value, part| value.get(part).cloned().unwrap_or(Value::Null))
    }
}

fn tokens(expression: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest[1..].find('\'').expect("a string is open") + 2,
            '(' | ')' => 1,
            '!' if !rest.starts_with("!=") => 1,
            '=' | '!' | '&' | '|' => 2,
            _ => rest.find(|letter: char| !letter.is_alphanumeric() && !"._-".contains(letter)).unwrap_or(rest.len()),
        };
        assert!(length > 0, "`{expression}`: nothing is known of `{rest}`");
        // A string keeps its first quote, which tells it from a name.
        tokens.push(rest[..length].trim_end_matches('\'').to_owned());
        rest = rest[length..].trim_start();
    }
    // `''` lost both.
    tokens.into_iter().map(|token| if token.is_empty() { "'".to_owned() } else { token }).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn truth(value: &Value) -> bool {
    !matches!(shown(value).as_str(), "" | "false" | "0")
}

#[test]
fn expressions_mean_what_github_says() {
    let contexts = serde_json::json!({"inputs": {"a": "true", "b": ""}, "steps": {"x": {"outputs": {"c-d": 7}}}});
    assert!(holds("inputs.a == 'true' && steps.x.outputs.c-d != ''", &contexts));
    assert!(!holds("${{ inputs.b }}", &contexts));
    assert!(holds("!inputs.b && (inputs.missing == '' || inputs.a == 'no')", &contexts));
    assert!(!holds("inputs.b != ''", &contexts));
    assert_eq!(fill("<${{ steps.x.outputs.c-d }}|${{ inputs.b || 'other' }}>", &contexts), "<7|other>");
}
