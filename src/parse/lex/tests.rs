use super::*;
use TokenKind::*;

fn cut(text: &str, level: Level, quote: u8) -> Vec<(TokenKind, std::string::String)> {
    let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), level, quote);
    std::iter::from_fn(|| lexer.token()).map(|token| (token.kind, text[token.span.range()].to_owned())).collect()
}

/// The tokens of a script.
fn tokens(text: &str) -> Vec<(TokenKind, std::string::String)> {
    cut(text, Level::Script, 1)
}

fn kinds(text: &str) -> Vec<TokenKind> {
    tokens(text).into_iter().map(|(kind, _)| kind).collect()
}

fn slices(text: &str) -> Vec<std::string::String> {
    tokens(text).into_iter().map(|(_, slice)| slice).collect()
}

#[test]
fn strings_end_where_the_server_ends_them() {
    for text in
        ["'it''s'", r"'c:\'", r"E'it\'s'", r"e'\\'", "N'x'", r"U&'\0041'", "$$ ' $x$ ; $$", "$tag$ $$ $tag$", "$é$x$é$"]
    {
        let found = tokens(&format!("{text} x"));
        assert_eq!(found.len(), 2, "{text}: {found:?}");
        assert_eq!(found[0].1, text);
        assert!(matches!(found[0].0, String | DollarString), "{text}");
    }
    assert_eq!(kinds("B'01' x'Ff' b 'x'"), [BitString, BitString, Word, String]);
}

#[test]
fn a_string_on_the_next_line_goes_on_with_its_escapes() {
    assert_eq!(kinds("E'a\\'' -- b\n 'c'"), [String, Comment, String]);
    assert_eq!(slices("E'a'\n  '\\'; b' c"), ["E'a'", r"'\'; b'", "c"]);
    assert_eq!(slices("E'a'\n-- why\n'\\'; b' c"), ["E'a'", "-- why", r"'\'; b'", "c"]);
    // On the same line, or behind a string without escapes, it is one of its own.
    assert_eq!(slices(r"E'a' '\' b"), ["E'a'", r"'\'", "b"]);
    assert_eq!(slices("'a'\n'\\' b"), ["'a'", r"'\'", "b"]);
}

#[test]
fn quoted_names_may_hold_quotes() {
    assert_eq!(slices(r#""a""b"."c" U&"d!0061""#), [r#""a""b""#, ".", r#""c""#, r#"U&"d!0061""#]);
}

#[test]
fn comments_nest_and_end_operators() {
    assert_eq!(slices("a/* /* ; */ ' */b--x\nc"), ["a", "/* /* ; */ ' */", "b", "--x", "c"]);
    assert_eq!(slices("1+--x"), ["1", "+", "--x"]);
    assert_eq!(slices("1*/* y */2"), ["1", "*", "/* y */", "2"]);
    assert_eq!(slices("-- a\r\nb -- c\rd"), ["-- a", "b", "-- c", "d"]);
}

#[test]
fn operators_are_cut_as_the_manual_says() {
    assert_eq!(slices("a<-1"), ["a", "<", "-", "1"]);
    assert_eq!(slices("a@-1"), ["a", "@-", "1"]);
    assert_eq!(slices("a->>'b'"), ["a", "->>", "'b'"]);
    assert_eq!(slices("a!=b <> c =-1"), ["a", "!=", "b", "<>", "c", "=", "-", "1"]);
    assert_eq!(slices("a::int f(x=>1, y:=2)"), ["a", "::", "int", "f", "(", "x", "=>", "1", ",", "y", ":=", "2", ")"]);
}

#[test]
fn numbers() {
    for text in ["0", "42", "1.5", ".5", "1.", "1e10", "1.5E-3", "0x1F", "0b01", "0o17", "1_000"] {
        assert_eq!(tokens(text), [(Number, text.to_owned())], "{text}");
    }
    assert_eq!(slices("1..10"), ["1", "..", "10"]);
    assert_eq!(slices("a.5"), ["a", ".", "5"]);
    assert_eq!(slices("1e x"), ["1", "e", "x"]);
}

#[test]
fn words_hold_unicode_dollars_and_undecodable_bytes() {
    assert_eq!(
        tokens("été$1 _x9 日本\u{1a}x"),
        [(Word, "été$1".to_owned()), (Word, "_x9".to_owned()), (Word, "日本\u{1a}x".to_owned())]
    );
    assert_eq!(kinds("a\0b"), [Word, Word]);
}

#[test]
fn placeholders_of_every_kind() {
    for text in [
        ":x",
        ":'x'",
        ":\"x\"",
        ":{?x}",
        "${x}",
        "${flyway:user}_t",
        "{{ x }}",
        "{{x}}_y",
        "t_{{ .Name }}_y",
        "t_${x}",
        "{x}",
        "{{{ x }}}",
        "@extschema@",
        "%(name)s",
        "%s",
        "%{x}",
        "#{x}",
        "?",
        "$name",
        "__SCHEMA__",
    ] {
        assert_eq!(tokens(text), [(Placeholder, text.to_owned())], "{text}");
    }
    assert_eq!(kinds("SELECT $1, $2"), [Word, Parameter, Comma, Parameter]);
    assert_eq!(
        kinds("a = :b AND c = ? AND d = ${e}.f"),
        [Word, Operator, Placeholder, Word, Word, Operator, Placeholder, Word, Word, Operator, Placeholder, Dot, Word]
    );
}

#[test]
fn what_only_looks_like_a_placeholder() {
    assert_eq!(kinds("a[1:2]"), [Word, LBracket, Number, Colon, Number, RBracket]);
    assert_eq!(kinds("a[i:j]"), [Word, LBracket, Word, Colon, Word, RBracket]);
    assert_eq!(kinds("a[b[1]:c]"), [Word, LBracket, Word, LBracket, Number, RBracket, Colon, Word, RBracket]);
    assert_eq!(kinds("ARRAY[:a, :b]"), [Word, LBracket, Placeholder, Comma, Placeholder, RBracket]);
    assert_eq!(kinds("a ? 'b'"), [Word, Operator, String]);
    assert_eq!(kinds("a ?| b"), [Word, Operator, Word]);
    assert_eq!(kinds("a @> b"), [Word, Operator, Word]);
    assert_eq!(kinds("@ a @ b"), [Operator, Word, Operator, Word]);
    assert_eq!(kinds("a %s"), [Word, Operator, Word]);
    assert_eq!(kinds("a %(b)"), [Word, Operator, LParen, Word, RParen]);
    assert_eq!(kinds("'{}' '{1,2}' '${x}' ':y'"), [String, String, String, String]);
    assert_eq!(kinds("__init"), [Word]);
    assert_eq!(cut("a :b", Level::Body, 1).len(), 3, "psql leaves literals alone");
}

#[test]
fn control_lines_of_templates_are_told_apart() {
    assert_eq!(kinds("{{ if .x }} a {{- else -}} b {{end}}"), [Directive, Word, Directive, Word, Directive]);
    assert_eq!(kinds("{{ if .pg }} a {{- else -}} b {{end}}"), [Directive, Word, Directive, Directive, Directive]);
    assert_eq!(kinds("{% if x %} a {% endif %} {# c #}"), [Directive, Word, Directive, Directive]);
    assert_eq!(kinds("{{#each x}} {{ a }} {{/each}}"), [Directive, Placeholder, Directive]);
}

#[test]
fn meta_commands_end_with_their_line() {
    assert_eq!(slices("\\set x 'a;b' \nSELECT"), ["\\set x 'a;b'", "SELECT"]);
    assert_eq!(slices("\\d x \\\\ SELECT 1"), ["\\d x \\\\", "SELECT", "1"]);
    assert_eq!(slices("\\! echo \\\\ x\r\ny"), ["\\! echo \\\\ x", "y"]);
    assert_eq!(kinds("a\\;b"), [Word, Semicolon, Word]);
    assert_eq!(kinds("\\"), [Meta]);
}

#[test]
fn quotes_within_quotes_are_doubled() {
    let text = "''it''''s'' , E''\\'''' x";
    assert_eq!(
        cut(text, Level::Body, 2),
        [
            (String, "''it''''s''".to_owned()),
            (Comma, ",".to_owned()),
            (String, "E''\\''''".to_owned()),
            (Word, "x".to_owned())
        ]
    );
}

#[test]
fn what_is_never_closed_is_kept() {
    let unclosed = |text: &str| {
        let mut lexer = Lexer::new(text, Span::new(0, text.len() as u32), Level::Script, 1);
        while lexer.token().is_some() {}
        lexer.unclosed.iter().map(|(span, what)| (text[span.range()].to_owned(), *what)).collect::<Vec<_>>()
    };
    assert_eq!(unclosed("a 'b"), [("'".to_owned(), Unclosed::String)]);
    assert_eq!(unclosed("a E'b\\'"), [("E'".to_owned(), Unclosed::String)]);
    assert_eq!(unclosed("\"b"), [("\"".to_owned(), Unclosed::Identifier)]);
    assert_eq!(unclosed("$a$ $b$"), [("$a$".to_owned(), Unclosed::DollarString)]);
    assert_eq!(unclosed("/* /* */"), [("/*".to_owned(), Unclosed::Comment)]);
    assert_eq!(unclosed("'a' \"b\" $$c$$ /* d */"), []);
    // Eight are enough: then the rest is the comment, and reading stays linear.
    assert!(unclosed(&"/* /* */ ".repeat(1000)).len() <= 8);
}

#[test]
fn a_byte_order_mark_is_no_token() {
    assert_eq!(slices("\u{feff}a"), ["a"]);
}
