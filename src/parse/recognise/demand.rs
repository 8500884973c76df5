//! What must stand next: the cursor's questions turned into demands, which say where they failed.

use crate::parse::cursor::Cursor;
use crate::parse::expression::expression;
use crate::parse::lex::TokenKind;
use crate::parse::type_name::type_name;
use crate::source::Span;
use crate::statement::{Expr, ExprKind, Ident, Name, ObjectName, RelationUse, TypeName};

/// Understanding ended at this token, or behind the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    pub(super) at: Span,
}

/// A value, or where reading it failed.
pub(super) type Read<T> = Result<T, Stuck>;

impl<'a> Cursor<'a> {
    /// The place of the next token, or behind the last one.
    pub(super) fn here(&self) -> Span {
        self.peek().map_or(Span::empty(self.offset()), |token| token.span)
    }

    /// Fails at the next token.
    pub(super) fn stuck<T>(&self) -> Read<T> {
        Err(Stuck { at: self.here() })
    }

    fn or_stuck<T>(&self, value: Option<T>) -> Read<T> {
        value.map_or_else(|| self.stuck(), Ok)
    }

    /// The keyword must come.
    pub(super) fn need(&mut self, word: &str) -> Read<()> {
        if self.eat(word) { Ok(()) } else { self.stuck() }
    }

    /// The keywords must come in this order.
    pub(super) fn need_seq(&mut self, words: &[&str]) -> Read<()> {
        words.iter().try_for_each(|word| self.need(word))
    }

    /// One of the keywords must come; its index.
    pub(super) fn need_any(&mut self, words: &[&str]) -> Read<usize> {
        let found = self.eat_any(words);
        self.or_stuck(found)
    }

    /// A token of this kind must come; its place.
    pub(super) fn need_kind(&mut self, kind: TokenKind) -> Read<Span> {
        let found = self.eat_kind(kind);
        self.or_stuck(found.map(|token| token.span))
    }

    /// The operator must come.
    pub(super) fn need_op(&mut self, operator: &str) -> Read<()> {
        if self.eat_op(operator) { Ok(()) } else { self.stuck() }
    }

    /// An identifier must come.
    pub(super) fn need_ident(&mut self) -> Read<Ident> {
        let found = self.ident();
        self.or_stuck(found)
    }

    /// A possibly qualified name must come.
    pub(super) fn need_name(&mut self) -> Read<ObjectName> {
        let found = self.object_name();
        self.or_stuck(found)
    }

    /// `table.column` must come, the table possibly qualified itself.
    pub(super) fn need_column_path(&mut self) -> Read<(ObjectName, Ident)> {
        let mut path = vec![self.need_ident()?];
        while self.eat_kind(TokenKind::Dot).is_some() {
            path.push(self.need_ident()?);
        }
        let column = path.pop();
        let table = path.pop();
        match (column, table) {
            (Some(column), Some(name)) => Ok((ObjectName { schema: path.pop().map(Box::new), name }, column)),
            _ => self.stuck(),
        }
    }

    /// A type must come.
    pub(super) fn need_type(&mut self) -> Read<TypeName> {
        let found = type_name(self);
        self.or_stuck(found)
    }

    /// A string constant must come; its value. A placeholder may stand for one; it is its own value then.
    pub(super) fn need_string(&mut self) -> Read<Name> {
        if let Some(token) = self.eat_kind(TokenKind::Placeholder) {
            return Ok(Name::from(self.text(token.span)));
        }
        let found = self.string();
        self.or_stuck(found)
    }

    /// A parenthesis must come; its inside.
    pub(super) fn need_parens(&mut self) -> Read<Cursor<'a>> {
        let before = self.position();
        let Some(inside) = self.parens() else { return self.stuck() };
        if self.position() - before != inside.tokens().len() + 2 {
            // Never closed.
            self.finish();
            return self.stuck();
        }
        Ok(inside)
    }

    /// All that is left must be one expression.
    pub(super) fn need_whole_expression(&mut self) -> Read<Expr> {
        if self.at_end() {
            return self.stuck();
        }
        let mut attempt = self.clone();
        let expr = expression(&mut attempt);
        if attempt.at_end() {
            *self = attempt;
            return Ok(expr);
        }
        // Two words side by side where a semicolon is missing: the rest is no part of the expression.
        const VERBS: [&str; 10] =
            ["CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "SELECT", "GRANT", "COMMENT", "COMMIT"];
        if attempt.is_any(&VERBS) && attempt.position() > self.position() {
            return attempt.stuck();
        }
        // Its end is known, its inside is not.
        let rest = self.take_rest();
        Ok(Expr { span: rest.rest_span(), kind: ExprKind::Unknown })
    }

    /// `( expression )` must come.
    pub(super) fn need_expression_in_parens(&mut self) -> Read<Expr> {
        self.need_parens()?.need_whole_expression()
    }

    /// Names separated by commas, as far as the commas go.
    pub(super) fn need_names(&mut self) -> Read<Vec<ObjectName>> {
        self.need_list(Self::need_name)
    }

    /// Identifiers separated by commas, as far as the commas go.
    pub(super) fn need_idents(&mut self) -> Read<Vec<Ident>> {
        self.need_list(Self::need_ident)
    }

    /// Things separated by commas, as far as the commas go; at least one.
    pub(super) fn need_list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut list = vec![read(self)?];
        while self.eat_kind(TokenKind::Comma).is_some() {
            list.push(read(self)?);
        }
        Ok(list)
    }

    /// `(a, b, c)`.
    pub(super) fn need_columns(&mut self) -> Read<Vec<Ident>> {
        let mut inside = self.need_parens()?;
        let columns = inside.need_idents()?;
        inside.need_end()?;
        Ok(columns)
    }

    /// `[ONLY] name [*]`, `ONLY (name)`.
    pub(super) fn need_relation(&mut self) -> Read<RelationUse> {
        let only = self.eat("ONLY");
        let name = if only && self.is_kind(TokenKind::LParen) {
            let mut inside = self.need_parens()?;
            let name = inside.need_name()?;
            inside.need_end()?;
            name
        } else {
            self.need_name()?
        };
        self.eat_op("*");
        Ok(RelationUse { name, alias: None, only })
    }

    /// A number with its sign, as written.
    pub(super) fn need_number(&mut self) -> Read<Name> {
        let start = self.here().start;
        if !self.eat_op("-") {
            self.eat_op("+");
        }
        if self.eat_kind(TokenKind::Placeholder).is_none() {
            self.need_kind(TokenKind::Number)?;
        }
        Ok(Name::from(self.text(self.span_since(start))))
    }

    /// `IF EXISTS`.
    pub(super) fn eat_if_exists(&mut self) -> bool {
        self.eat_seq(&["IF", "EXISTS"])
    }

    /// `IF NOT EXISTS`.
    pub(super) fn eat_if_not_exists(&mut self) -> bool {
        self.eat_seq(&["IF", "NOT", "EXISTS"])
    }

    /// `CASCADE`, `RESTRICT` or neither; whether it was `CASCADE`.
    pub(super) fn eat_behavior(&mut self) -> bool {
        self.eat_any(&["CASCADE", "RESTRICT"]) == Some(0)
    }

    /// The keyword; its place.
    pub(super) fn eat_span(&mut self, word: &str) -> Option<Span> {
        let span = self.here();
        self.eat(word).then_some(span)
    }

    /// Nothing may be left. After a placeholder anything may: it can stand for the words that would explain it.
    pub(super) fn need_end(&self) -> Read<()> {
        if self.at_end() || self.has_placeholder() { Ok(()) } else { self.stuck() }
    }

    /// Whether a placeholder is among what is left: then nothing about it is certain.
    pub(super) fn has_placeholder(&self) -> bool {
        self.tokens().iter().any(|token| token.kind == TokenKind::Placeholder)
    }

    /// Whether the token `n` after the next is of this kind.
    pub(super) fn is_nth_kind(&self, n: usize, kind: TokenKind) -> bool {
        self.peek_nth(n).is_some_and(|token| token.kind == kind)
    }

    /// Takes everything that is left, as a cursor of its own.
    pub(super) fn take_rest(&mut self) -> Cursor<'a> {
        let rest = self.rest();
        self.finish();
        rest
    }

    /// Takes everything before the token at `position`.
    pub(super) fn take_to(&mut self, position: usize) -> Cursor<'a> {
        let part = self.between(self.position(), position);
        self.reset(position);
        part
    }

    /// The words that are left, folded and joined by one space; literals and punctuation are left out.
    pub(super) fn words(&self) -> Name {
        let mut words = String::new();
        let mut left = self.clone();
        while let Some(token) = left.next() {
            if token.kind == TokenKind::Word {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.extend(self.text(token.span).chars().map(|c| c.to_ascii_lowercase()));
            }
        }
        Name::from(words)
    }
}
