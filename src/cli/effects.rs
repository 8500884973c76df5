//! `shipworthy effects`: what every statement would do to a live server.

use super::{Failed, read};
use crate::check;
use crate::report::effects_json;
use crate::settings::Settings;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// Runs the subcommand.
pub(super) fn run(paths: &[PathBuf], settings: &Settings) -> Result<(), Failed> {
    let project = read::plain(paths).map_err(Failed::Message)?;
    let (sources, projects) = check::read(vec![project], settings);
    let mut out = BufWriter::new(io::stdout().lock());
    effects_json::write(&mut out, &projects, &sources, settings)?;
    out.flush()?;
    Ok(())
}
