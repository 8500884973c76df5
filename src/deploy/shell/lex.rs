//! Words, operators, redirections, here-documents.

use crate::source::Span;

/// How a word is quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::deploy) enum Quoted {
    /// Not at all.
    #[default]
    No,
    /// All of it in `'`.
    Single,
    /// All of it in `"`.
    Double,
    /// A part of it.
    Partly,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::deploy) struct Word {
    /// Without its quotes; what is expanded stays as written.
    pub(in crate::deploy) text: String,
    /// With its quotes.
    pub(in crate::deploy) at: Span,
    pub(in crate::deploy) quoted: Quoted,
    /// A variable or a substitution is in it.
    pub(in crate::deploy) expands: bool,
    /// The shell would expand `$$`, or the first half of `$tag$`, in it.
    pub(in crate::deploy) halves_dollars: bool,
}

impl Word {
    /// Name and value of `NAME=value`.
    pub(in crate::deploy) fn assignment(&self) -> Option<(String, Word)> {
        if !matches!(self.quoted, Quoted::No | Quoted::Partly) {
            return None;
        }
        let (name, value) = self.text.split_once('=')?;
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        if !begins || !name.chars().all(is_name) {
            return None;
        }
        let start = (self.at.start + name.len() as u32 + 1).min(self.at.end);
        let at = Span::new(start, self.at.end);
        let value = Word { text: value.to_owned(), at, ..self.clone() };
        Some((name.to_owned(), value))
    }
}

/// A token.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) at: Span,
    pub(super) kind: TokenKind,
    /// The insides of substitutions in it.
    pub(super) substitutions: Vec<Span>,
}

#[derive(Debug)]
pub(super) enum TokenKind {
    Word(Word),
    Operator(&'static str),
    Input(InputToken),
}

#[derive(Debug)]
pub(super) enum InputToken {
    File(Word),
    Here(Word),
    /// Index of its body.
    Heredoc(usize),
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Span>,
    /// The bodies of here-documents, and whether their delimiter was quoted.
    pub(super) bodies: Vec<(Span, bool)>,
}

/// See the module.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    read: Read,
    /// Here-documents whose body begins behind the line: their body's index, delimiter, and whether tabs before it count for nothing.
    pending: Vec<(usize, String, bool)>,
    /// See [`Word`].
    halves_dollars: bool,
}

/// Redirections that are no input, longest first.
const OUTPUTS: [&str; 8] = ["&>>", "&>", ">>", ">|", ">&", "<&", "<>", ">"];

/// Other operators, longest first.
const OPERATORS: [&str; 12] = [";;&", ";;", ";&", "&&", "||", "|&", "|", "&", ";", "(", ")", "\n"];

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, part: Span) -> Self {
        let (at, end) = (part.start as usize, (part.end as usize).min(text.len()));
        Self { text, at, end, read: Read::default(), pending: Vec::new(), halves_dollars: false }
    }

    pub(super) fn read(mut self) -> Read {
        while self.at < self.end {
            self.next();
        }
        // A body that never began.
        self.bodies();
        self.read
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn push(&mut self, start: usize, kind: TokenKind, substitutions: Vec<Span>) {
        let at = Span::new(start as u32, self.at as u32);
        self.read.tokens.push(Token { at, kind, substitutions });
    }

    fn next(&mut self) {
        let rest = self.rest();
        let start = self.at;
        let Some(letter) = rest.chars().next() else {
            self.at = self.end;
            return;
        };
        match letter {
            ' ' | '\t' | '\r' => self.at += 1,
            '\\' if rest.starts_with("\\\n") => self.at += 2,
            '\\' if rest.starts_with("\\\r\n") => self.at += 3,
            '#' => {
                self.at += rest.find('\n').unwrap_or(rest.len());
                self.read.comments.push(Span::new(start as u32, self.at as u32));
            }
            '\n' => {
                self.at += 1;
                self.push(start, TokenKind::Operator("\n"), Vec::new());
                self.bodies();
            }
            _ if rest.starts_with("<<<") => {
                self.at += 3;
                let (word, substitutions) = self.operand();
                self.push(start, TokenKind::Input(InputToken::Here(word)), substitutions);
            }
            _ if rest.starts_with("<<") => self.heredoc(),
            '<' if !rest.starts_with("<(") && !rest.starts_with("<&") && !rest.starts_with("<>") => {
                self.at += 1;
                let (word, substitutions) = self.operand();
                self.push(start, TokenKind::Input(InputToken::File(word)), substitutions);
            }
            _ if self.output().is_some() => {
                self.at += self.output().unwrap_or(1);
                let (_, substitutions) = self.operand();
                // Where the output goes does not matter, but a line that is continued there goes on.
                if !substitutions.is_empty() {
                    self.push(start, TokenKind::Operator(">"), substitutions);
                }
            }
            _ => match OPERATORS.into_iter().find(|operator| rest.starts_with(operator)) {
                Some(operator) => {
                    self.at += operator.len();
                    let operator = match operator {
                        "|&" => "|",
                        ";;&" | ";&" => ";;",
                        other => other,
                    };
                    self.push(start, TokenKind::Operator(operator), Vec::new());
                }
                None => {
                    let (word, substitutions) = self.word();
                    self.push(start, TokenKind::Word(word), substitutions);
                }
            },
        }
    }

    /// The length of a redirection of output, with the number before it.
    fn output(&self) -> Option<usize> {
        let rest = self.rest();
        let behind = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let number = rest.len() - behind.len();
        let operator = OUTPUTS.into_iter().find(|operator| behind.starts_with(operator))?;
        (number <= 2 && !behind.starts_with(">(")).then_some(number + operator.len())
    }

    /// The word behind a redirection.
    fn operand(&mut self) -> (Word, Vec<Span>) {
        while self.rest().starts_with([' ', '\t']) {
            self.at += 1;
        }
        match self.rest().chars().next() {
            None | Some('\n' | ';' | '|' | '(' | ')' | '<' | '>') => {
                (Word { at: Span::empty(self.at as u32), ..Word::default() }, Vec::new())
            }
            Some('&') => {
                self.at += 1;
                self.word()
            }
            Some(_) => self.word(),
        }
    }

    fn heredoc(&mut self) {
        let start = self.at;
        self.at += 2;
        let strips = self.rest().starts_with('-');
        self.at += usize::from(strips);
        let (word, _) = self.operand();
        let quoted = word.quoted != Quoted::No || self.text[start..self.at].contains('\\');
        let index = self.read.bodies.len();
        self.read.bodies.push((Span::empty(self.at as u32), quoted));
        self.pending.push((index, word.text, strips));
        self.push(start, TokenKind::Input(InputToken::Heredoc(index)), Vec::new());
    }

    /// Reads the bodies of the here-documents of the line that has just ended.
    fn bodies(&mut self) {
        for (index, delimiter, strips) in std::mem::take(&mut self.pending) {
            let start = self.at;
            let mut end = self.end;
            while self.at < self.end {
                let line_start = self.at;
                let line = self.rest().split('\n').next().unwrap_or_default();
                self.at = (self.at + line.len() + 1).min(self.end);
                let line = line.trim_end_matches('\r');
                let line = if strips { line.trim_start_matches('\t') } else { line };
                if line == delimiter {
                    end = line_start;
                    break;
                }
            }
            if let Some((body, _)) = self.read.bodies.get_mut(index) {
                *body = Span::new(start.min(end) as u32, end as u32);
            }
        }
    }

    fn word(&mut self) -> (Word, Vec<Span>) {
        let start = self.at;
        let mut text = String::new();
        let mut substitutions = Vec::new();
        let (mut expands, mut plain, mut single, mut double) = (false, false, false, false);
        let before = std::mem::take(&mut self.halves_dollars);
        while let Some(letter) = self.rest().chars().next() {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => {
                    // `<(...)` and `a(b` are parts of words only where the word has begun; the latter is no command of ours.
                    break;
                }
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.rest().chars().next() {
                        self.at += next.len_utf8();
                        if next != '\n' {
                            text.push(next);
                            plain = true;
                        }
                    }
                }
                '\'' => {
                    single = true;
                    let inner = &self.rest()[1..];
                    let length = inner.find('\'').unwrap_or(inner.len());
                    text.push_str(&inner[..length]);
                    self.at = (self.at + length + 2).min(self.end);
                }
                '"' => {
                    double = true;
                    self.at += 1;
                    expands |= self.double_quoted(&mut text, &mut substitutions);
                }
                '$' | '`' => {
                    plain = true;
                    if self.rest().starts_with("$'") {
                        self.at += 1;
                        continue;
                    }
                    expands = true;
                    self.expansion(&mut text, &mut substitutions);
                }
                '{' if self.rest().starts_with("{{") => {
                    plain = true;
                    expands = true;
                    self.template(2, &mut text);
                }
                _ => {
                    plain = true;
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        if self.at == start {
            // Nothing that a word can begin with: it is passed over, so that reading ends.
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        let quoted = match (plain, single, double) {
            (_, false, false) => Quoted::No,
            (false, true, false) => Quoted::Single,
            (false, false, true) => Quoted::Double,
            _ => Quoted::Partly,
        };
        let at = Span::new(start as u32, self.at.min(self.end) as u32);
        let halves_dollars = std::mem::replace(&mut self.halves_dollars, before);
        (Word { text, at, quoted, expands, halves_dollars }, substitutions)
    }

    /// The rest of what stands between double quotes; whether something in it is expanded.
    fn double_quoted(&mut self, text: &mut String, substitutions: &mut Vec<Span>) -> bool {
        let mut expands = false;
        while let Some(letter) = self.rest().chars().next() {
            match letter {
                '"' => {
                    self.at += 1;
                    break;
                }
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.rest().chars().next() {
                        self.at += next.len_utf8();
                        match next {
                            '"' | '\\' | '$' | '`' => text.push(next),
                            '\n' => {}
                            _ => text.extend(['\\', next]),
                        }
                    }
                }
                '$' | '`' => {
                    expands = true;
                    self.expansion(text, substitutions);
                }
                _ => {
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        expands
    }

    /// What begins with `$` or a backquote, as it is written.
    fn expansion(&mut self, text: &mut String, substitutions: &mut Vec<Span>) {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with("${{") {
            return self.template(3, text);
        }
        let length = if let Some(inner) = rest.strip_prefix("$((") {
            inner.find("))").map_or(rest.len(), |length| length + 5)
        } else if let Some(inner) = rest.strip_prefix("$(") {
            let length = closing(inner, ')');
            substitutions.push(Span::new(start as u32 + 2, (start + 2 + length) as u32));
            (length + 3).min(rest.len())
        } else if let Some(inner) = rest.strip_prefix("${") {
            (closing(inner, '}') + 3).min(rest.len())
        } else if let Some(inner) = rest.strip_prefix('`') {
            let length = inner.find('`').unwrap_or(inner.len());
            substitutions.push(Span::new(start as u32 + 1, (start + 1 + length) as u32));
            (length + 2).min(rest.len())
        } else {
            self.halves_dollars |= opens_dollar_quote(rest);
            // `$$` is one expansion.
            if rest.starts_with("$$") { 2 } else { 1 }
        };
        text.push_str(&rest[..length]);
        self.at += length;
    }

    /// `${{ ... }}` of a workflow, `{{ ... }}` of a template.
    fn template(&mut self, open: usize, text: &mut String) {
        let rest = self.rest();
        let line = rest.find('\n').unwrap_or(rest.len());
        let length = rest.find("}}").filter(|end| *end < line).map_or(open.min(rest.len()), |end| end + 2);
        text.push_str(&rest[..length]);
        self.at += length;
    }
}

/// Whether a text begins with `$$` or `$tag$`.
pub(in crate::deploy) fn opens_dollar_quote(text: &str) -> bool {
    let inner = text.strip_prefix('$').unwrap_or_default();
    let behind = inner.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    behind.starts_with('$') && !inner.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The length of what stands before the letter that closes a substitution; quotes and deeper ones are passed over.
fn closing(inner: &str, close: char) -> usize {
    let open = if close == ')' { '(' } else { '{' };
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, letter) in inner.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, letter) {
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == letter => quote = None,
            // A substitution within double quotes has quotes of its own; what they hold is rarely a parenthesis.
            (None, '\'' | '"') => quote = Some(letter),
            (None, _) if letter == open => depth += 1,
            (None, _) if letter == close => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return at,
            },
            _ => {}
        }
    }
    inner.len()
}
