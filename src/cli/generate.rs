//! `shipworthy completions` and `shipworthy man`: what shells and `man` want to know of the command line.

use super::{Arguments, Failure, Verdict, print};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io;

/// Prints a shell's completion script.
pub(super) fn completions(shell: Shell) -> Result<Verdict, Failure> {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "shipworthy", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(Verdict::Worthy)
}

/// Prints the manual page: the program's, and those of its commands behind it.
pub(super) fn man() -> Result<Verdict, Failure> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let told = |error: io::Error| Failure(format!("the manual page could not be written: {error}"));
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(told)?;
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        let man = clap_mangen::Man::new(inner.clone());
        page.extend_from_slice(format!(".SH \"{}\"\n", inner.get_name().to_uppercase()).as_bytes());
        man.render_synopsis_section(&mut page).map_err(told)?;
        man.render_description_section(&mut page).map_err(told)?;
        man.render_options_section(&mut page).map_err(told)?;
    }
    print(|out| out.write_all(&page))?;
    Ok(Verdict::Worthy)
}
