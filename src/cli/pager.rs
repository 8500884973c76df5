//! Text that is longer than the terminal is high is read in a pager.

use super::Failure;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Prints, through `$PAGER` where a person would have to scroll back.
pub(super) fn print(report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut text = Vec::new();
    report(&mut text).map_err(|error| Failure(format!("the report could not be written: {error}")))?;
    if is_long(&text) && paged(&text) {
        return Ok(());
    }
    super::print(|out| out.write_all(&text))
}

/// Whether it does not fit on the terminal, with the line of the next prompt. What goes to a file or a pipe is never too long.
fn is_long(text: &[u8]) -> bool {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return false;
    }
    let lines = text.iter().filter(|&&byte| byte == b'\n').count();
    terminal_size::terminal_size_of(io::stdout()).is_some_and(|(_, height)| lines + 1 > usize::from(height.0))
}

/// Shows it in the pager. `false` where there is none.
fn paged(text: &[u8]) -> bool {
    let Some((program, arguments)) = command(std::env::var("PAGER").ok().as_deref()) else { return false };
    let mut pager = Command::new(program);
    pager.args(arguments).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Ends where all fits, shows colours and links, leaves the text on the terminal.
        pager.env("LESS", "FRX");
    }
    let Ok(mut child) = pager.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // Whoever quits early has read enough.
        let _ = input.write_all(text);
    }
    child.wait().is_ok()
}

/// The pager's program and arguments: `less` where nothing is said, none where `PAGER` is empty or `cat`.
fn command(pager: Option<&str>) -> Option<(String, Vec<String>)> {
    let mut words = pager.unwrap_or("less").split_whitespace().map(str::to_owned);
    let program = words.next().filter(|program| program != "cat")?;
    Some((program, words.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_is_what_the_environment_says() {
        let less = Some(("less".to_owned(), Vec::new()));
        assert_eq!(command(None), less);
        assert_eq!(command(Some("")), None);
        assert_eq!(command(Some("cat")), None);
        assert_eq!(command(Some("more -d  -c")), Some(("more".into(), vec!["-d".into(), "-c".into()])));
    }

    #[test]
    fn what_is_no_terminal_is_never_too_long() {
        assert!(io::stdout().is_terminal() || !is_long(&b"\n".repeat(10_000)));
    }
}
