//! The `shipworthy` command: arguments in, report out, and an exit status that says whether the migrations are worthy to ship.

use shipworthy::cli::{self, Arguments, Verdict};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_command_line();
    match cli::run(arguments) {
        Ok(Verdict::Worthy) => ExitCode::SUCCESS,
        Ok(Verdict::Unworthy) => ExitCode::from(1),
        Err(failure) => {
            cli::complain(failure);
            ExitCode::from(2)
        }
    }
}
