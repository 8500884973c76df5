//! A small reader of shell scripts: commands with their words, quotes, redirections and what guards them.
//!
//! It reads what POSIX calls the shell command language (and bash's `[[`, `<<<`, `function`) as far as telling commands apart asks for. What
//! a variable holds is not known: `$name` stays as it is written.

mod lex;

use crate::source::Span;
use lex::{Lexer, Token, TokenKind};

pub(super) use lex::{Quoted, Word, opens_dollar_quote};

/// A script, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Script {
    /// In the order in which they stand; those of a substitution before the command that uses it.
    pub(super) commands: Vec<Command>,
    /// From `#` to the end of the line.
    pub(super) comments: Vec<Span>,
}

/// A simple command.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    /// `NAME=value` before the command's name; of a command without a name, what it sets.
    pub(super) assignments: Vec<(String, Word)>,
    /// Its name and arguments.
    pub(super) words: Vec<Word>,
    /// What it reads.
    pub(super) input: Option<Input>,
    /// From its first word to its last.
    pub(super) at: Span,
    /// The whole line, with those that a backslash or a quote joins to it, without blanks around it.
    pub(super) line: Span,
    /// What has to hold for it to run, outermost first: conditions, patterns of `case`, names of functions. `!` is before what must not.
    pub(super) guards: Vec<String>,
    /// It stands in a loop.
    pub(super) looped: bool,
    /// Index of the command whose output it reads.
    pub(super) piped_from: Option<usize>,
}

/// What a command reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    /// `< file`.
    File(Word),
    /// `<<EOF`; `quoted` where the delimiter is, so that nothing in it is expanded.
    Heredoc { body: Span, quoted: bool },
    /// `<<< word`.
    Here(Word),
}

/// Substitutions within substitutions are read to this depth.
const DEPTH: usize = 6;

/// Reads a script.
pub(super) fn read(text: &str) -> Script {
    let mut script = Script::default();
    read_part(text, Span::new(0, text.len() as u32), DEPTH, &mut script);
    script.comments.sort();
    script
}

/// Reads the part of a text that is a script by itself.
fn read_part(text: &str, part: Span, depth: usize, script: &mut Script) {
    let read = Lexer::new(text, part).read();
    script.comments.extend(read.comments);
    let mut assembler = Assembler {
        text,
        depth,
        bodies: &read.bodies,
        line_first: script.commands.len(),
        script,
        frames: Vec::new(),
        draft: Draft::default(),
        line_start: None,
        tested: None,
        pipe: None,
        last: None,
        function: None,
    };
    for token in read.tokens {
        assembler.token(token);
    }
    assembler.end_line();
}

/// What encloses commands.
#[derive(Debug)]
enum Frame {
    /// `if`; the condition is known behind `then`.
    If { from: u32, condition: Option<String> },
    /// `for`, `while`, `until`.
    Loop,
    /// `case`; `None` where a pattern is awaited.
    Case { pattern: Option<String> },
    /// `name() {`.
    Function(String),
    /// `(` or `{`.
    Group,
}

/// A command that is not complete yet.
#[derive(Debug, Default)]
struct Draft {
    assignments: Vec<(String, Word)>,
    words: Vec<Word>,
    input: Option<Input>,
    at: Option<Span>,
}

struct Assembler<'t, 's> {
    text: &'t str,
    script: &'s mut Script,
    depth: usize,
    bodies: &'s [(Span, bool)],
    frames: Vec<Frame>,
    draft: Draft,
    line_start: Option<u32>,
    /// Where in the script's commands the line began.
    line_first: usize,
    /// A test before `&&` or `||`, as a guard of what comes behind.
    tested: Option<String>,
    /// The command before the `|`.
    pipe: Option<usize>,
    /// The command before the operator.
    last: Option<usize>,
    /// The name before `()`.
    function: Option<String>,
}

impl Assembler<'_, '_> {
    fn token(&mut self, token: Token) {
        self.line_start.get_or_insert(token.at.start);
        for substitution in &token.substitutions {
            if let Some(depth) = self.depth.checked_sub(1) {
                let first = self.script.commands.len();
                read_part(self.text, *substitution, depth, self.script);
                let guards = self.guards();
                for command in self.script.commands.iter_mut().skip(first) {
                    command.guards.splice(0..0, guards.iter().cloned());
                }
            }
        }
        match token.kind {
            TokenKind::Word(word) => self.word(word),
            TokenKind::Input(input) => {
                self.grow(token.at);
                self.draft.input = Some(match input {
                    lex::InputToken::File(word) => Input::File(word),
                    lex::InputToken::Here(word) => Input::Here(word),
                    lex::InputToken::Heredoc(index) => {
                        let (body, quoted) = self.bodies.get(index).copied().unwrap_or((token.at, true));
                        Input::Heredoc { body, quoted }
                    }
                });
            }
            TokenKind::Operator(operator) => self.operator(operator),
        }
    }

    fn grow(&mut self, at: Span) {
        self.draft.at = Some(self.draft.at.map_or(at, |before| before.to(at)));
    }

    fn word(&mut self, word: Word) {
        // `function name {`.
        if word.text == "{" && self.function.as_ref().is_some_and(String::is_empty) {
            self.finish();
            self.keyword(&word);
            return;
        }
        let at_start = self.draft.words.is_empty() && self.draft.assignments.is_empty();
        if let Some(Frame::Case { pattern: None }) = self.frames.last()
            && word.text != "esac"
        {
            self.grow(word.at);
            self.draft.words.push(word);
            return;
        }
        if at_start && word.quoted == Quoted::No && self.keyword(&word) {
            return;
        }
        self.grow(word.at);
        if self.draft.words.is_empty()
            && let Some((name, value)) = word.assignment()
        {
            self.draft.assignments.push((name, value));
            return;
        }
        self.draft.words.push(word);
    }

    /// Whether a word where a command may begin is one of the language's own.
    fn keyword(&mut self, word: &Word) -> bool {
        let behind = word.at.end;
        match word.text.as_str() {
            "if" => self.frames.push(Frame::If { from: behind, condition: None }),
            "elif" => {
                if let Some(Frame::If { from, condition }) = self.frames.last_mut() {
                    (*from, *condition) = (behind, None);
                }
            }
            "then" => {
                if let Some(Frame::If { from, condition }) = self.frames.last_mut() {
                    let text = self.text.get(*from as usize..word.at.start as usize).unwrap_or_default();
                    *condition = Some(text.trim().trim_end_matches(';').trim().to_owned());
                }
            }
            "else" => {
                if let Some(Frame::If { condition: Some(condition), .. }) = self.frames.last_mut() {
                    condition.insert(0, '!');
                }
            }
            "fi" => self.close(|frame| matches!(frame, Frame::If { .. })),
            "while" | "until" => self.frames.push(Frame::Loop),
            "for" | "select" => {
                self.frames.push(Frame::Loop);
                // `x in a b` is no command.
                self.draft.words.push(Word { text: String::new(), ..word.clone() });
            }
            "do" | "!" | "time" => {}
            "done" => self.close(|frame| matches!(frame, Frame::Loop)),
            "case" => {
                self.draft.words.push(Word { text: String::new(), ..word.clone() });
                self.frames.push(Frame::Case { pattern: Some(String::new()) });
            }
            "esac" => {
                self.draft = Draft::default();
                self.close(|frame| matches!(frame, Frame::Case { .. }));
            }
            "function" => {
                self.draft.words.push(Word { text: String::new(), ..word.clone() });
                self.function = Some(String::new());
            }
            "{" => {
                let frame = match self.function.take() {
                    Some(name) => Frame::Function(name),
                    None => Frame::Group,
                };
                self.frames.push(frame);
            }
            "}" => self.close(|frame| matches!(frame, Frame::Group | Frame::Function(_))),
            _ => return false,
        }
        true
    }

    /// Closes the innermost frame of a kind and what was left open within it.
    fn close(&mut self, kind: impl Fn(&Frame) -> bool) {
        if let Some(at) = self.frames.iter().rposition(kind) {
            self.frames.truncate(at);
        }
    }

    fn operator(&mut self, operator: &'static str) {
        match operator {
            "(" => {
                // `name()` makes a function.
                if let [name] = self.draft.words.as_slice()
                    && self.draft.assignments.is_empty()
                {
                    self.function = Some(name.text.clone());
                    self.draft = Draft::default();
                } else if self.function.is_some() {
                    self.finish();
                } else if !matches!(self.frames.last(), Some(Frame::Case { pattern: None })) {
                    self.finish();
                    self.frames.push(Frame::Group);
                }
            }
            ")" => {
                if let Some(Frame::Case { pattern: pattern @ None }) = self.frames.last_mut() {
                    let draft = std::mem::take(&mut self.draft);
                    let words: Vec<_> = draft.words.into_iter().map(|word| word.text).collect();
                    *pattern = Some(words.join("|"));
                } else if self.function.is_none() {
                    self.finish();
                    if matches!(self.frames.last(), Some(Frame::Group)) {
                        self.frames.pop();
                    }
                }
            }
            "|" if matches!(self.frames.last(), Some(Frame::Case { pattern: None })) => {}
            "|" => {
                self.finish();
                self.pipe = self.last;
            }
            "&&" | "||" => {
                let tested = self.finish();
                let negated = operator == "||";
                if let Some(test) = tested {
                    self.tested = Some(if negated { format!("!{test}") } else { test });
                }
            }
            ";;" => {
                self.finish();
                self.tested = None;
                if let Some(Frame::Case { pattern }) = self.frames.last_mut() {
                    *pattern = None;
                }
            }
            "\n" => self.end_line(),
            _ => {
                self.finish();
                self.tested = None;
            }
        }
    }

    fn end_line(&mut self) {
        self.finish();
        self.tested = None;
        let line = self.line_start.take();
        let first = std::mem::replace(&mut self.line_first, self.script.commands.len());
        let Some(start) = line else { return };
        let commands = self.script.commands.iter_mut().skip(first);
        let end = commands.map(|command| command.at.end).max().unwrap_or(start);
        for command in self.script.commands.iter_mut().skip(first) {
            command.line = Span::new(start.min(command.at.start), end);
        }
    }

    fn guards(&self) -> Vec<String> {
        let of_frame = |frame: &Frame| match frame {
            Frame::If { condition, .. } => condition.clone(),
            Frame::Case { pattern } => pattern.clone().filter(|pattern| !pattern.is_empty() && pattern != "*"),
            Frame::Function(name) => Some(format!("{name}()")),
            Frame::Loop | Frame::Group => None,
        };
        self.frames.iter().filter_map(of_frame).chain(self.tested.clone()).collect()
    }

    /// Completes a command. Where it is a test, its text.
    fn finish(&mut self) -> Option<String> {
        let draft = std::mem::take(&mut self.draft);
        let pipe = self.pipe.take();
        self.last = None;
        let at = draft.at?;
        match draft.words.first() {
            // What `for`, `case` and `function` name is no command.
            Some(first) if first.text.is_empty() && first.quoted == Quoted::No => {
                if let Some(Frame::Case { pattern }) = self.frames.last_mut()
                    && draft.words.last().is_some_and(|word| word.text == "in")
                {
                    *pattern = None;
                }
                if let Some(function) = &mut self.function
                    && let Some(name) = draft.words.get(1)
                {
                    *function = name.text.clone();
                }
                return None;
            }
            _ => {}
        }
        let is_test = draft.words.first().is_some_and(|word| matches!(word.text.as_str(), "[" | "[[" | "test"));
        let test = is_test.then(|| self.text.get(at.range()).unwrap_or_default().to_owned());
        let looped = self.frames.iter().any(|frame| matches!(frame, Frame::Loop));
        self.last = Some(self.script.commands.len());
        let guards = self.guards();
        let Draft { assignments, words, input, .. } = draft;
        self.script.commands.push(Command {
            assignments,
            words,
            input,
            at,
            line: at,
            guards,
            looped,
            piped_from: pipe,
        });
        test
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<String> {
        let words =
            |command: &Command| command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("·");
        read(text).commands.iter().map(words).collect()
    }

    #[test]
    fn words_and_operators_are_told_apart() {
        assert_eq!(commands("a 'b c' \"d $e\" f\\ g; h&&i||j | k & l"), ["a·b c·d $e·f g", "h", "i", "j", "k", "l"]);
        assert_eq!(commands("a \\\n  b # c d\ne"), ["a·b", "e"]);
        assert_eq!(commands("a > /dev/null 2>&1 < in"), ["a"]);
        assert_eq!(commands("X=1 Y='2 3' a ${Z:-b c} ${{ secrets.D }}"), ["a·${Z:-b c}·${{ secrets.D }}"]);
        assert_eq!(commands("a $(b c) \"$(d \"e f\")\" `g`"), ["b·c", "d·e f", "g", "a·$(b c)·$(d \"e f\")·`g`"]);
        assert_eq!(commands("a 'open"), ["a·open"]);
    }

    #[test]
    fn assignments_stand_before_the_name() {
        let script = read("PGPASSWORD='x y' psql -h h\nexport A=b");
        assert_eq!(script.commands[0].assignments[0].0, "PGPASSWORD");
        assert_eq!(script.commands[0].assignments[0].1.text, "x y");
        assert_eq!(script.commands[0].words[0].text, "psql");
        assert_eq!(script.commands[1].words[1].text, "A=b");
    }

    #[test]
    fn a_heredoc_belongs_to_its_command() {
        let text = "ssh h <<EOF && b\nc $d\nEOF\ne <<-'X'\n\tf\n\tX\ng";
        let script = read(text);
        let inputs: Vec<_> = script
            .commands
            .iter()
            .map(|command| match command.input {
                Some(Input::Heredoc { body, quoted }) => Some((&text[body.range()], quoted)),
                _ => None,
            })
            .collect();
        assert_eq!(inputs, [Some(("c $d\n", false)), None, Some(("\tf\n", true)), None]);
        assert_eq!(commands(text), ["ssh·h", "b", "e", "g"]);
    }

    #[test]
    fn what_guards_a_command_is_known() {
        let guards = |text: &str, name: &str| {
            let script = read(text);
            let found =
                script.commands.iter().find(|command| command.words.first().is_some_and(|word| word.text == name));
            found.unwrap_or_else(|| panic!("{script:#?}")).guards.clone()
        };
        let text = "if [ \"$E\" = dev ]; then a; elif b; then c; else d; fi; e";
        assert_eq!(guards(text, "a"), ["[ \"$E\" = dev ]"]);
        assert_eq!(guards(text, "c"), ["b"]);
        assert_eq!(guards(text, "d"), ["!b"]);
        assert_eq!(guards(text, "e"), [""; 0]);
        let text = "case \"$1\" in\n  up|down) a ;;\n  (reset)\n    b\n    ;;\n  *) c ;;\nesac\nd";
        assert_eq!(guards(text, "a"), ["up|down"]);
        assert_eq!(guards(text, "b"), ["reset"]);
        assert_eq!(guards(text, "c"), [""; 0]);
        assert_eq!(guards(text, "d"), [""; 0]);
        let text = "reset_db() {\n  a\n}\nfunction other {\n  b\n}\nc";
        assert_eq!(guards(text, "a"), ["reset_db()"]);
        assert_eq!(guards(text, "b"), ["other()"]);
        assert_eq!(guards(text, "c"), [""; 0]);
        assert_eq!(guards("[ -n \"$DEV\" ] && a && b; c", "b"), ["[ -n \"$DEV\" ]"]);
        assert_eq!(guards("[ -n \"$DEV\" ] && a && b; c", "c"), [""; 0]);
    }

    #[test]
    fn loops_and_pipes_are_known() {
        let script = read("cat a | while read -r l; do psql -c \"$l\"; done\npsql");
        let psql: Vec<_> = script.commands.iter().filter(|it| it.words[0].text == "psql").collect();
        assert!(psql[0].looped && !psql[1].looped);
        let script = read("cat a | psql -d b");
        assert_eq!(script.commands[1].piped_from, Some(0));
    }

    #[test]
    fn hostile_text_ends() {
        for open in ["$(", "`", "\"", "(", "{ ", "if ", "case x in ", "<<E\n", "${", "'", "\\", "$((", "x() { "] {
            read(&open.repeat(20_000));
        }
    }
}
