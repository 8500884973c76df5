//! `COPY` and the rows that follow it (manual: the reference page of COPY, "File Formats").

use super::dml;
use crate::parse::cursor::{Backslash, Cursor, decode_backslashes};
use crate::parse::expression::whole_expression;
use crate::parse::lex::TokenKind;
use crate::source::Span;
use crate::statement::{
    Command, Copy, CopyData, Expr, ExprKind, Ident, List, Literal, Name, Query, Statement, StorageOption, Values,
};

/// How the lines of the data are written.
#[derive(Default)]
struct Format {
    kind: FormatKind,
    delimiter: Option<char>,
    null: Option<Name>,
    header: bool,
    /// Of CSV: what stands around a cell, and before it within one.
    quote: Option<char>,
    escape: Option<char>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum FormatKind {
    #[default]
    Text,
    Csv,
    Binary,
}

impl FormatKind {
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "text" => Self::Text,
            "csv" => Self::Csv,
            _ => Self::Binary,
        }
    }
}

pub(super) fn copy(mut cursor: Cursor<'_>) -> Option<Command> {
    cursor.next();
    let mut format = Format::default();
    // COPY BINARY t is the spelling before 7.3, which the server still takes.
    if cursor.is("BINARY")
        && cursor.peek_nth(1).is_some_and(|token| token.kind != TokenKind::Dot)
        && !cursor.is_nth(1, "FROM")
    {
        cursor.next();
        format.kind = FormatKind::Binary;
    }
    let mut copy = Copy {
        table: None,
        columns: List::new(),
        query: None,
        from: false,
        program: false,
        file: false,
        location: None,
        options: Vec::new(),
        filter: None,
        data: None,
    };
    if format.kind == FormatKind::Binary {
        copy.options.push(word(&cursor, "format", Some(Name::new_static("binary"))));
    }
    if cursor.is_kind(TokenKind::LParen) {
        copy.query = Some(copied(cursor.parens()?)?);
    } else {
        copy.table = Some(cursor.object_name()?);
        if let Some(columns) = cursor.parens() {
            for mut column in columns.split_commas() {
                copy.columns.push(column.ident()?);
            }
        }
    }
    copy.from = cursor.eat_any(&["FROM", "TO"])? == 0;
    copy.program = cursor.eat("PROGRAM");
    if cursor.eat_any(&["STDIN", "STDOUT"]).is_none() {
        copy.location = cursor.string();
        copy.file = copy.location.is_some() && !copy.program;
        if copy.location.is_none() {
            cursor.eat_kind(TokenKind::Placeholder)?;
        }
    }
    options(&mut cursor, &mut format, &mut copy.options)?;
    if cursor.eat("WHERE") {
        let part = cursor.until(|cursor| cursor.is_kind(TokenKind::CopyData));
        copy.filter = Some(Box::new(whole_expression(part)));
    }
    if let Some(token) = cursor.eat_kind(TokenKind::CopyData) {
        let values = match format.kind {
            _ if !cursor.is_detailed() => Values::default(),
            FormatKind::Text => rows(&cursor, token.span, &format),
            FormatKind::Csv => csv_rows(&cursor, token.span, &format).unwrap_or_default(),
            FormatKind::Binary => Values::default(),
        };
        copy.data = Some(CopyData { span: token.span, values });
    }
    cursor.at_end().then(|| Command::Copy(Box::new(copy)))
}

/// What is copied: a query, or a statement that writes rows and returns them.
fn copied(inside: Cursor<'_>) -> Option<Query> {
    let span = inside.rest_span();
    match dml(inside)? {
        Command::Query(query) => Some(*query),
        command @ (Command::Insert(_) | Command::Update(_) | Command::Delete(_) | Command::Merge(_)) => {
            let writes = List::from([Statement { span, command, guard: None }]);
            Some(Query { span, writes, understood: true, ..Query::default() })
        }
        _ => None,
    }
}

/// An option that ends here.
fn word(cursor: &Cursor<'_>, name: &'static str, value: Option<Name>) -> StorageOption {
    let span = cursor.previous().map_or(Span::empty(cursor.offset()), |token| token.span);
    StorageOption { name: Name::new_static(name), value, span }
}

/// `[WITH] (name value, ...)`, or the words of the older spelling.
fn options(cursor: &mut Cursor<'_>, format: &mut Format, found: &mut Vec<StorageOption>) -> Option<()> {
    cursor.eat("WITH");
    if let Some(inside) = cursor.parens() {
        for mut option in inside.split_commas() {
            let span = option.rest_span();
            let Ident { name, .. } = option.ident()?;
            let mut ahead = option.clone();
            let single = value(&mut ahead).filter(|_| ahead.at_end());
            let text = single.or_else(|| (!option.at_end()).then(|| Name::new(option.text(option.rest_span()))));
            match name.as_str() {
                "format" => format.kind = FormatKind::named(text.as_deref().unwrap_or_default()),
                "delimiter" => format.delimiter = Some(option.string()?.chars().next()?),
                "null" => format.null = Some(option.string()?),
                "quote" => format.quote = option.string()?.chars().next(),
                "escape" => format.escape = option.string()?.chars().next(),
                "header" => format.header = !option.is_any(&["FALSE", "OFF"]),
                _ => {}
            }
            found.push(StorageOption { name, value: text, span });
        }
        return Some(());
    }
    loop {
        let option = if cursor.eat("CSV") {
            format.kind = FormatKind::Csv;
            word(cursor, "format", Some(Name::new_static("csv")))
        } else if cursor.eat("BINARY") {
            format.kind = FormatKind::Binary;
            word(cursor, "format", Some(Name::new_static("binary")))
        } else if cursor.eat("DELIMITER") || cursor.eat("DELIMITERS") {
            cursor.eat("AS");
            let delimiter = cursor.string()?;
            format.delimiter = Some(delimiter.chars().next()?);
            word(cursor, "delimiter", Some(delimiter))
        } else if cursor.eat("NULL") {
            cursor.eat("AS");
            let null = cursor.string()?;
            format.null = Some(null.clone());
            word(cursor, "null", Some(null))
        } else if cursor.eat("HEADER") {
            format.header = true;
            word(cursor, "header", None)
        } else if let Some(which) = cursor.eat_any(&["QUOTE", "ESCAPE", "ENCODING"]) {
            cursor.eat("AS");
            let value = cursor.string()?;
            match which {
                0 => format.quote = value.chars().next(),
                1 => format.escape = value.chars().next(),
                _ => {}
            }
            word(cursor, ["quote", "escape", "encoding"][which], Some(value))
        } else if cursor.eat("OIDS") {
            word(cursor, "oids", None)
        } else if cursor.eat("FREEZE") {
            word(cursor, "freeze", None)
        } else if cursor.eat("FORCE") {
            let name = if cursor.eat("NOT") {
                cursor.eat("NULL").then_some("force_not_null")?
            } else if cursor.eat("NULL") {
                "force_null"
            } else {
                cursor.eat("QUOTE").then_some("force_quote")?
            };
            let mut columns = Vec::new();
            if cursor.eat_op("*") {
                columns.push(Name::new_static("*"));
            } else {
                columns.push(cursor.ident()?.name);
                while cursor.eat_kind(TokenKind::Comma).is_some() {
                    columns.push(cursor.ident()?.name);
                }
            }
            word(cursor, name, Some(Name::from(columns.join(","))))
        } else {
            return Some(());
        };
        found.push(option);
    }
}

/// An option's value: a word or a string.
fn value(option: &mut Cursor<'_>) -> Option<Name> {
    option.string().or_else(|| option.ident().map(|ident| ident.name))
}

/// The cells of data in text format.
fn rows(cursor: &Cursor<'_>, span: Span, format: &Format) -> Values {
    let mut values = Values::default();
    let text = cursor.text(span);
    let mut at = span.start;
    let mut header = format.header;
    let delimiter = format.delimiter.unwrap_or('\t');
    let null = format.null.as_deref().unwrap_or("\\N");
    for line in text.split_inclusive('\n') {
        let length = line.len() as u32;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if std::mem::take(&mut header) {
            at += length;
            continue;
        }
        let mut start = at;
        for cell in line.split(delimiter) {
            let end = start + cell.len() as u32;
            let kind = if cell == null {
                ExprKind::Null
            } else {
                ExprKind::Literal(Literal::String(if cell.contains('\\') { decode(cell) } else { Name::new(cell) }))
            };
            values.cells.push(Expr { span: Span::new(start, end), kind });
            start = end + delimiter.len_utf8() as u32;
        }
        values.row_ends.push(values.cells.len() as u32);
        at += length;
    }
    values
}

/// The cells of data in CSV format; `None` where a quote is left open.
fn csv_rows(cursor: &Cursor<'_>, span: Span, format: &Format) -> Option<Values> {
    let text = cursor.text(span);
    let delimiter = format.delimiter.unwrap_or(',');
    let null = format.null.as_deref().unwrap_or_default();
    let quote = format.quote.unwrap_or('"');
    let escape = format.escape.unwrap_or(quote);
    let mut values = Values::default();
    let mut header = format.header;
    let mut letters = text.char_indices().peekable();
    while letters.peek().is_some() {
        // A line: cells up to a line's end outside quotes.
        let first = values.cells.len();
        loop {
            let start = letters.peek().map_or(text.len(), |(at, _)| *at);
            let (mut cell, mut quoted, mut inside) = (String::new(), false, false);
            let mut end = text.len();
            let mut last = true;
            while let Some((at, letter)) = letters.next() {
                let escapes = |next: &(usize, char)| next.1 == quote || next.1 == escape;
                if inside && letter == escape && letters.peek().is_some_and(escapes) {
                    cell.extend(letters.next().map(|(_, next)| next));
                } else if letter == quote {
                    inside = !inside;
                    quoted = true;
                } else if !inside && (letter == delimiter || letter == '\n') {
                    (end, last) = (at, letter == '\n');
                    break;
                } else {
                    cell.push(letter);
                }
            }
            if inside {
                return None;
            }
            if last && cell.ends_with('\r') {
                cell.pop();
                end -= 1;
            }
            let is_null = !quoted && cell == null;
            let kind = if is_null { ExprKind::Null } else { ExprKind::Literal(Literal::String(cell.into())) };
            let place = |at: usize| span.start + u32::try_from(at).unwrap_or_default();
            values.cells.push(Expr { span: Span::new(place(start), place(end.max(start))), kind });
            if last {
                break;
            }
        }
        if std::mem::take(&mut header) {
            values.cells.truncate(first);
        } else {
            values.row_ends.push(values.cells.len() as u32);
        }
    }
    Some(values)
}

/// Backslash sequences of the text format.
fn decode(cell: &str) -> Name {
    Name::from(decode_backslashes(cell, Backslash::Copy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::parse::parse;
    use crate::source::Source;

    fn read(text: &str) -> Copy {
        let parsed = parse(&Source::new("a.sql", text), Dialect::Postgres);
        assert_eq!(parsed.problems, [], "{text}");
        match parsed.statements.into_iter().next().map(|statement| statement.command) {
            Some(Command::Copy(copy)) => *copy,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        let data = read(text).data.expect("data");
        let show = |cell: &Expr| match &cell.kind {
            ExprKind::Literal(Literal::String(value)) => value.to_string(),
            ExprKind::Null => "NULL".to_owned(),
            other => format!("{other:?}"),
        };
        data.values.rows().map(|row| row.iter().map(show).collect()).collect()
    }

    #[test]
    fn heads_of_every_form() {
        let copy = read("COPY s.t (a, \"B\") FROM '/tmp/x' WITH (FORMAT csv, DELIMITER ';', HEADER true) WHERE a > 1;");
        assert_eq!(copy.table.as_ref().map(|name| name.to_string()).as_deref(), Some("s.t"));
        assert_eq!(copy.columns.len(), 2);
        assert!(copy.from && !copy.program && copy.data.is_none());
        assert!(read("COPY t FROM PROGRAM 'cat x'").program);
        assert!(!read("COPY t TO STDOUT CSV HEADER QUOTE AS '\"' FORCE QUOTE *").from);
        assert!(!read("COPY BINARY t TO '/tmp/x'").from);
        let query = read("COPY (SELECT a FROM b) TO '/tmp/x'").query.expect("a query");
        assert_eq!(query.reads.len(), 1);
    }

    #[test]
    fn text_is_cut_into_cells() {
        assert_eq!(
            cells("COPY t FROM stdin;\n1\ta\\tb\\\\\t\\N\n2\t\\x41\\101\t\n\\.\n"),
            [["1", "a\tb\\", "NULL"], ["2", "AA", ""]]
        );
        assert_eq!(
            cells("COPY t FROM stdin WITH (DELIMITER '|', NULL 'x', HEADER);\r\na|b\r\n1|x\r\n\\.\r\n"),
            [["1", "NULL"]]
        );
        assert_eq!(cells("COPY t FROM stdin DELIMITER ',' NULL AS '';\n1,\n\\.\n"), [["1", "NULL"]]);
        assert_eq!(cells("COPY t FROM stdin;\n\\.\n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn csv_is_cut_into_cells() {
        assert_eq!(
            cells("COPY t FROM stdin WITH (FORMAT csv);\n1,\"a, \"\"b\"\"\nc\",\n2,,\"\"\r\n\\.\n"),
            [["1", "a, \"b\"\nc", "NULL"], ["2", "NULL", ""]]
        );
        assert_eq!(cells("COPY t FROM stdin CSV HEADER DELIMITER ';' NULL 'x';\na;b\n1;x\n\\.\n"), [["1", "NULL"]]);
        assert_eq!(cells("COPY t FROM stdin CSV QUOTE '!' ESCAPE '~';\n!a,~!b!,c\n\\.\n"), [["a,!b", "c"]]);
    }

    #[test]
    fn csv_with_an_open_quote_is_kept_as_lines() {
        let copy = read("COPY t FROM stdin CSV;\n1,'\";\n\\.\n");
        let data = copy.data.expect("data");
        assert_eq!(data.values, Values::default());
        assert_eq!(data.span.len(), 6);
    }
}
