//! The command line.
//!
//! Two kinds of arguments: as they are typed ([`Arguments`], which clap reads), and resolved ([`Settings`] and the like), which is all
//! that the rest of the program sees.

mod effects;
mod read;

use crate::dialect::Version;
use crate::settings::{Settings, VersionFrom};
use clap::{Parser, Subcommand, ValueEnum};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Is this migration worthy to ship? Says what SQL migrations would do to a live PostgreSQL server, before they are merged.
#[derive(Debug, Parser)]
#[command(name = "shipworthy", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what every statement would do: locks, rewrites, scans, losses
    Effects {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to print the result
        #[arg(long, value_enum, value_name = "FORMAT")]
        output_format: EffectsFormat,
        /// The server's major version
        #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(OLDEST..=NEWEST))]
        postgres: Option<u16>,
        /// The files are the whole schema: what they did not create does not exist
        #[arg(long)]
        from_empty: bool,
    },
}

const OLDEST: i64 = Version::OLDEST_POSTGRES.0 as i64;
const NEWEST: i64 = Version::NEWEST_POSTGRES.0 as i64;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EffectsFormat {
    /// For programs
    Json,
}

/// Why a run could not be done; printed, with exit status 2.
#[derive(Debug)]
enum Failed {
    Message(String),
    /// Whoever read the output has enough: no error.
    OutputClosed,
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Message(format!("cannot write the report: {error}")),
        }
    }
}

/// Runs the command.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Effects { paths, output_format: EffectsFormat::Json, postgres, from_empty } => {
            effects::run(&paths, &settings(postgres, from_empty))
        }
    };
    match done {
        Ok(()) | Err(Failed::OutputClosed) => ExitCode::SUCCESS,
        Err(Failed::Message(message)) => {
            eprintln!("shipworthy: {message}");
            ExitCode::from(2)
        }
    }
}

fn settings(postgres: Option<u16>, from_empty: bool) -> Settings {
    let default = Settings::default();
    match postgres {
        Some(version) => Settings { version: Version(version), version_from: VersionFrom::Flag, from_empty, ..default },
        None => Settings { from_empty, ..default },
    }
}
