//! A script as psql would send it: written without any of the parser's code, since it is what that code is compared with.
//!
//! Meta-commands and rows of `COPY ... FROM stdin` become blanks, variables become names; nothing moves. What psql learns only from
//! the server stays unknown here: whether a `COPY` was refused, so that no rows follow.

/// The text with blanks for what psql keeps, of the same length.
pub(crate) fn sent(text: &str) -> String {
    let mut scan = Scan { text: text.as_bytes(), out: text.as_bytes().to_vec(), at: 0, statement: 0, parens: 0 };
    scan.run();
    String::from_utf8(scan.out).unwrap_or_else(|_| text.to_owned())
}

/// The text with a name for every psql variable, of the same length.
pub(crate) fn without_variables(text: &str) -> String {
    let mut scan = Scan { text: text.as_bytes(), out: text.as_bytes().to_vec(), at: 0, statement: 0, parens: 0 };
    scan.variables();
    String::from_utf8(scan.out).unwrap_or_else(|_| text.to_owned())
}

struct Scan<'a> {
    text: &'a [u8],
    out: Vec<u8>,
    at: usize,
    /// Where the statement began.
    statement: usize,
    parens: usize,
}

/// Meta-commands that send the statement before them.
const SENDING: [&str; 8] = ["g", "gx", "gexec", "gset", "gdesc", "crosstabview", "watch", "parse"];

impl Scan<'_> {
    fn peek(&self, n: usize) -> u8 {
        self.text.get(self.at + n).copied().unwrap_or(0)
    }

    fn blank(&mut self, to: usize) {
        let to = to.min(self.text.len());
        for byte in &mut self.out[self.at..to] {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b' ';
            }
        }
        self.at = to;
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].iter().position(|&byte| byte == b'\n').map_or(self.text.len(), |at| self.at + at)
    }

    fn is_word(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
    }

    /// Skips quotes and comments; false where none begins.
    fn skipped(&mut self) -> bool {
        let text = self.text;
        let find = |from: usize, what: &[u8]| text.get(from..).and_then(|rest| rest.windows(what.len()).position(|part| part == what)).map(|at| from + at + what.len());
        match (self.peek(0), self.peek(1)) {
            (b'-', b'-') => self.at = self.line_end(),
            (b'/', b'*') => {
                let mut depth = 0;
                while self.at < text.len() {
                    match (self.peek(0), self.peek(1)) {
                        (b'/', b'*') => (depth, self.at) = (depth + 1, self.at + 2),
                        (b'*', b'/') => (depth, self.at) = (depth - 1, self.at + 2),
                        _ => self.at += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            (b'"', _) => self.at = find(self.at + 1, b"\"").unwrap_or(text.len()),
            (b'\'', _) => {
                let before = |n: usize| self.at.checked_sub(n).map_or(0, |at| text[at]);
                let escapes = matches!(before(1), b'e' | b'E') && !Self::is_word(before(2));
                self.at += 1;
                while self.at < text.len() {
                    match self.peek(0) {
                        b'\\' if escapes => self.at += 2,
                        b'\'' if self.peek(1) == b'\'' => self.at += 2,
                        b'\'' => {
                            self.at += 1;
                            break;
                        }
                        _ => self.at += 1,
                    }
                }
            }
            (b'$', _) if self.at == 0 || !Self::is_word(text[self.at - 1]) => {
                let tag = text[self.at + 1..].iter().take_while(|&&byte| Self::is_word(byte)).count();
                if self.peek(1).is_ascii_digit() || self.peek(1 + tag) != b'$' {
                    return false;
                }
                let mark = text[self.at..self.at + tag + 2].to_vec();
                self.at = find(self.at + mark.len(), &mark).unwrap_or(text.len());
            }
            _ => return false,
        }
        true
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            if self.skipped() {
                continue;
            }
            match self.peek(0) {
                b'(' => self.parens += 1,
                b')' => self.parens = self.parens.saturating_sub(1),
                b';' if self.parens == 0 => {
                    self.at += 1;
                    self.rows();
                    self.statement = self.at;
                    continue;
                }
                b'\\' => {
                    self.meta();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn meta(&mut self) {
        if self.peek(1) == b';' {
            self.out[self.at] = b' ';
            self.at += 2;
            return;
        }
        let name: String = self.text[self.at + 1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).map(|&byte| byte as char).collect();
        let end = self.line_end();
        let line = String::from_utf8_lossy(&self.text[self.at..end]).to_ascii_lowercase();
        let start = self.at;
        // `\\` ends the command, and SQL goes on.
        let separator = line[1..].find("\\\\").map(|at| start + 1 + at + 2);
        self.blank(separator.unwrap_or(end));
        if SENDING.contains(&name.as_str()) {
            self.out[start] = b';';
            self.statement = self.at;
            self.parens = 0;
        }
        if name == "r" || name == "reset" {
            self.parens = 0;
        }
        if name == "copy" && line.contains("from") && line.contains("stdin") {
            self.blank_rows();
        }
    }

    /// Rows follow `COPY ... FROM stdin;`.
    fn rows(&mut self) {
        let statement = String::from_utf8_lossy(&self.out[self.statement..self.at]).to_ascii_lowercase();
        let words: Vec<_> = statement.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let copies = words.iter().any(|word| *word == "copy");
        let from_stdin = words.windows(2).any(|pair| pair[0] == "from" && pair[1].trim_end_matches([';', '(']) == "stdin");
        if copies && from_stdin {
            self.at = self.line_end();
            self.blank_rows();
        }
    }

    fn blank_rows(&mut self) {
        let rest = String::from_utf8_lossy(&self.text[self.at..]).into_owned();
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            // A refused COPY has no rows: SQL follows.
            if line.trim_end().ends_with(';') && !line.contains('\t') {
                return;
            }
            length += line.len();
            if line.trim_end() == "\\." {
                self.blank(self.at + length);
                return;
            }
        }
    }

    fn variables(&mut self) {
        let mut brackets = 0_usize;
        while self.at < self.text.len() {
            if self.skipped() {
                continue;
            }
            let before = self.at.checked_sub(1).map_or(0, |at| self.text[at]);
            match self.peek(0) {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b':' if before != b':' && brackets == 0 => match self.peek(1) {
                    quote @ (b'\'' | b'"') => {
                        let inside = self.text[self.at + 2..].iter().take_while(|&&byte| Self::is_word(byte)).count();
                        if inside > 0 && self.peek(2 + inside) == quote {
                            self.out[self.at] = b' ';
                            self.at += 2 + inside;
                        }
                    }
                    byte if byte.is_ascii_alphabetic() || byte == b'_' => self.out[self.at] = b' ',
                    _ => {}
                },
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_psql_keeps_is_blank() {
        assert_eq!(sent("\\set x 1\nSELECT 1;"), "        \nSELECT 1;");
        assert_eq!(sent("SELECT '\\x' \\gexec\nSELECT 2\\;SELECT 3;"), "SELECT '\\x' ;     \nSELECT 2 ;SELECT 3;");
        assert_eq!(sent("COPY t FROM stdin;\n1\t'\n\\.\nSELECT 1;"), "COPY t FROM stdin;\n   \n  \nSELECT 1;");
        assert_eq!(sent("COPY x FROM stdin;\nSELECT 1;\n"), "COPY x FROM stdin;\nSELECT 1;\n");
        assert_eq!(sent("DO $a$ \\ $a$; \\echo x"), "DO $a$ \\ $a$;        ");
    }

    #[test]
    fn variables_are_names() {
        assert_eq!(without_variables("SELECT :x, :'y', a[1:n], b::text, ':z'"), "SELECT  x,  'y', a[1:n], b::text, ':z'");
    }
}
