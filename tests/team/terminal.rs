//! What is shown on a terminal while somebody waits.

use super::*;

/// Runs a program whose standard error is a terminal, and gives it its input after a while; prints what was written to that terminal.
const ON_A_TERMINAL: &str = "
import os, pty, subprocess, sys, time
terminal, end = pty.openpty()
run = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=end)
time.sleep(1.5)
run.communicate(b'DROP TABLE t;')
os.close(end)
written = b''
try:
    while more := os.read(terminal, 65536):
        written += more
except OSError:
    pass
sys.stdout.buffer.write(written)
";

#[cfg(unix)]
#[test]
fn whoever_waits_at_a_terminal_sees_what_is_done_and_nothing_is_left_of_it() {
    let work = Work::new();
    let shown = |arguments: &str, variables: &[(&str, &str)]| {
        let mut command = Command::new("python3");
        command.args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_shipworthy")]).args(arguments.split(' '));
        command.current_dir(work.path()).env_remove("CI").env("TERM", "xterm").envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    const BAR: &str = "shipworthy: finding files";
    let text = shown("check -", &[]);
    assert!(text.contains(BAR), "{text:?}");
    // The line is taken away before the report.
    assert!(text.ends_with("\u{1b}[2K"), "{text:?}");
    // A remark has its own line.
    let text = shown("check --verbose -", &[]);
    assert!(text.contains("shipworthy: configuration: none") && text.contains(BAR), "{text:?}");
    // Nobody looks, or wants to.
    for (arguments, variables) in
        [("check --quiet -", [("TERM", "xterm")]), ("check -", [("CI", "true")]), ("check -", [("TERM", "dumb")])]
    {
        let text = shown(arguments, &variables);
        assert!(!text.contains(BAR) && !text.contains('\u{1b}'), "{arguments} {variables:?}: {text:?}");
    }
}
