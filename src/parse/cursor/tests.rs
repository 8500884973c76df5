use super::*;
use crate::parse::lex::{Level, Lexer};

/// The tokens of a statement, without comments and semicolons.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token() {
        if !matches!(token.kind, TokenKind::Comment | TokenKind::Directive | TokenKind::Semicolon) {
            tokens.push(token);
        }
    }
    tokens
}

fn string(text: &str) -> String {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let value = cursor.string().expect("a string").to_string();
    assert!(cursor.at_end(), "{text}");
    value
}

fn ident(text: &str) -> String {
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let ident = cursor.ident().expect("an identifier");
    assert_eq!(ident.span, Span::new(0, text.len() as u32), "{text}");
    ident.name.to_string()
}

#[test]
fn strings_have_the_value_that_the_server_reads() {
    assert_eq!(string("'it''s'"), "it's");
    assert_eq!(string(r"'c:\'"), r"c:\");
    assert_eq!(string(r"E'a\'b\\\n\x41\101\u00e9\q'"), "a'b\\\nAAéq");
    assert_eq!(string("N'x'"), "x");
    assert_eq!(string("$a$it's $$ '' $a$"), "it's $$ '' ");
    assert_eq!(string(r"U&'d\0061t\+000061\\'"), r"data\");
    assert_eq!(string("U&'d!0061' UESCAPE '!'"), "da");
    assert_eq!(string("'a'\n  'b''' -- c\n 'd'"), "ab'd");
}

#[test]
fn strings_on_one_line_are_two() {
    let text = "'a' 'b'";
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    assert_eq!(cursor.string().as_deref(), Some("a"));
    assert_eq!(cursor.string().as_deref(), Some("b"));
}

#[test]
fn identifiers_are_folded_unquoted_and_truncated() {
    assert_eq!(ident("OrdErs"), "orders");
    assert_eq!(ident("ÉTÉ"), "ÉtÉ");
    assert_eq!(ident(r#""Or""d""#), r#"Or"d"#);
    assert_eq!(ident(r#"U&"d\0061t\0061""#), "data");
    assert_eq!(ident(r#""a.b""#), "a.b");
    assert_eq!(ident(&"x".repeat(70)), "x".repeat(63));
    assert_eq!(ident(&"é".repeat(40)), "é".repeat(31));
    assert_eq!(ident("${schema}_x"), "${schema}_x");
}

#[test]
fn names_drop_the_database() {
    let text = r#"Db . s."T" x"#;
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let name = cursor.object_name().unwrap();
    assert_eq!(name.to_string(), "s.T");
    assert_eq!(cursor.text(name.span()), r#"s."T""#);
    assert_eq!(cursor.span_since(0), Span::new(0, 10));
    assert_eq!(cursor.offset(), 11);
}

#[test]
fn commas_and_stops_count_only_outside_parentheses() {
    let text = "a (b, c), d[1, 2] WHERE x, (WHERE)";
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let before = cursor.until(|cursor| cursor.is("WHERE"));
    let parts: Vec<_> = before.split_commas().map(|part| part.text(part.rest_span())).collect();
    assert_eq!(parts, ["a (b, c)", "d[1, 2]"]);
    assert!(cursor.eat("WHERE"));
    assert_eq!(cursor.rest().split_commas().count(), 2);
}

#[test]
fn parentheses_give_their_inside() {
    let text = "((a) b) AS (";
    let tokens = tokens(text);
    let mut cursor = Cursor::new(text, &tokens);
    let inside = cursor.parens().unwrap();
    assert_eq!(inside.text(inside.rest_span()), "(a) b");
    assert_eq!(inside.depth(), 1);
    assert!(cursor.eat("AS"));
    assert!(cursor.parens().unwrap().at_end(), "never closed");
    assert!(cursor.at_end());
    assert!(Cursor::new("()", &[]).parens().is_none());
}
