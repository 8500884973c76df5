//! The command line: the only place that prints.
//!
//! Two kinds of arguments, as in ripgrep: as they are typed ([`Arguments`], which clap reads), and resolved ([`Settings`], [`Look`] and the
//! like), which is all that the subcommands see. Reports go to standard output and stand there alone; remarks go to standard error.

mod baseline;
mod check;
mod config;
mod effects;
mod explain;
mod generate;
mod init;
mod output;
mod pager;
mod place;
mod progress;
mod read;
mod rules;
mod select;

use crate::config::Config;
use crate::diagnostic::Severity;
use crate::dialect::Version;
use crate::report::text::Look;
use crate::settings::{Settings, VersionFrom};
use crate::tool::Tool;
use clap::{Args, Parser, Subcommand, ValueEnum};
use output::Outputs;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// Is this migration worthy to ship? Reads SQL migrations and says what they would do to a live PostgreSQL server, before they are merged
#[derive(Debug, Parser)]
#[command(name = "shipworthy", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colours; by default where a person looks at the terminal, and as NO_COLOR and CLICOLOR_FORCE say
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// The configuration [default: the nearest shipworthy.toml upwards]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, global = true)]
    no_config: bool,
    /// Print findings alone: no summary, no remarks, no progress
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Explain what was decided: configuration, base, tools, what is left out and why
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Threads that read and judge [default: one for each core]
    #[arg(long, global = true, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find what would hurt people when the migrations run
    Check(CheckArguments),
    /// Show what every statement does: locks, who waits, rewrites, scans, losses
    Effects(EffectsArguments),
    /// List the rules, or run the examples in their documents
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Show the manual page of a rule
    Explain {
        /// The rule's name, as in `blocking-index-build`
        rule: String,
    },
    /// Accept today's findings as they are: from now on only others are told
    Baseline(BaselineArguments),
    /// Show what is configured, and where
    Config(ConfigArguments),
    /// Write a first configuration, the pre-commit entry and the GitHub workflow, from what the project looks like
    Init(InitArguments),
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, for `man -l -`
    Man,
}

#[derive(Debug, Args)]
struct CheckArguments {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    selecting: Selecting,
    #[command(flatten)]
    outputs: Outputs,
    /// What tells the reports of several runs over one commit apart, as in a repository of several projects: the category of SARIF, and of
    /// Markdown's hidden first line
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    /// The least severity that makes the exit status 1 [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// A comment that allows something has to say why
    #[arg(long)]
    require_reasons: bool,
    /// Whether to look at what stands around the migrations, too: scripts, workflows and configuration that deploy them [default: where
    /// a project's own folder is looked at]
    #[arg(long, value_enum, value_name = "WHEN")]
    surroundings: Option<When>,
    /// Tell on standard error how often each rule spoke, and how long each stage took
    #[arg(long)]
    statistics: bool,
    /// Tell also what the baseline accepts
    #[arg(long)]
    no_baseline: bool,
    /// What to call standard input; the file of that name, if there is one, says which project it belongs to
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct EffectsArguments {
    #[command(flatten)]
    input: Input,
    /// How to print the effects
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    output_format: EffectsFormat,
    /// The files are the whole schema: what they did not create does not exist
    #[arg(long)]
    from_empty: bool,
}

/// Which of the migrations are judged; the others are replayed all the same.
#[derive(Debug, Default, Args)]
struct Selecting {
    /// Judge what the branch and the working tree add since they left that commit or branch; it is one deployment
    #[arg(long, value_name = "COMMIT", help_heading = "Only what is new")]
    since: Option<String>,
    /// Judge what is staged, as it is staged
    #[arg(long, conflicts_with = "changed", help_heading = "Only what is new")]
    staged: bool,
    /// Judge what the working tree adds to the last commit
    #[arg(long, help_heading = "Only what is new")]
    changed: bool,
    /// Judge the migrations behind that version; those up to it are deployed
    #[arg(long, value_name = "VERSION", help_heading = "Only what is new")]
    after: Option<String>,
}

#[derive(Debug, Args)]
struct BaselineArguments {
    #[command(flatten)]
    input: Input,
    /// Whether to look at what stands around the migrations, too, as in `check`
    #[arg(long, value_enum, value_name = "WHEN")]
    surroundings: Option<When>,
}

#[derive(Debug, Args)]
struct ConfigArguments {
    /// The folder whose configuration is meant [default: the current folder]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print the JSON Schema of shipworthy.toml, for editors
    #[arg(long)]
    json_schema: bool,
}

#[derive(Debug, Args)]
struct InitArguments {
    /// The project's folder [default: the current folder]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Take over the configuration of another linter
    #[arg(long, value_enum, value_name = "LINTER")]
    from: Option<Origin>,
    /// Print what would be written
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Origin {
    /// `.squawk.toml`: excluded rules and paths, the server's version, whether files run in a transaction
    Squawk,
}

#[derive(Debug, Args)]
struct Input {
    /// Files and folders; `-` is standard input. Without any: the migrations found below the current folder
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The server's major version, 11 to 18 [default: the newest known]
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(OLDEST..=NEWEST), hide_default_value = true)]
    postgres: Option<u16>,
    /// The migration tool that runs the files, whatever they look like; `none` for none. For Prisma and Supabase the version may matter, as in
    /// prisma@7.3 [default: recognised, or as shipworthy.toml says]
    #[arg(long, value_name = "NAME[@VERSION]", value_parser = tool, hide_default_value = true)]
    tool: Option<Tool>,
    /// Look at nothing but the given files, not at the other migrations of their project
    #[arg(long)]
    no_siblings: bool,
    /// Leave out what the configuration excludes even where it is given by name, as pre-commit does
    #[arg(long)]
    force_exclude: bool,
}

const OLDEST: i64 = Version::OLDEST_POSTGRES.0 as i64;
const NEWEST: i64 = Version::NEWEST_POSTGRES.0 as i64;

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// List the rules by category
    List {
        /// How to print them
        #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
        output_format: RulesFormat,
    },
    /// Run the examples in rule documents
    Test {
        /// Your own documents; without it, those that come with the program
        folder: Option<PathBuf>,
        /// Write behind each bad example how its finding reads now, then run them
        #[arg(long, requires = "folder")]
        update: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EffectsFormat {
    /// A table for each file, for people
    Table,
    /// Every effect in the words of rules, for writing one
    Words,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// A line or two for each rule, for people
    Text,
    /// All that a page about each rule needs, for programs
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    /// The exit status is 0 whatever is found
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

/// What a run says about the migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at or above the failing severity: exit status 0.
    Worthy,
    /// Findings, or files that could not be read: exit status 1.
    Unworthy,
}

/// Why there is no verdict; a sentence or two. Exit status 2.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Arguments {
    /// Reads the command line. Ends the process where that asks for help, or makes no sense.
    pub fn from_command_line() -> Self {
        Self::parse()
    }
}

/// Runs a command.
///
/// # Errors
/// Where it could not be run.
pub fn run(arguments: Arguments) -> Result<Verdict, Failure> {
    let began = Instant::now();
    LOUDNESS.store(1 + u8::from(arguments.verbose) - u8::from(arguments.quiet), Ordering::Relaxed);
    if let Some(threads) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().map_err(|error| Failure(format!("{threads} threads cannot be started: {error}")))?;
    }
    let look = look(arguments.color);
    let wish = config::Wish { file: arguments.config, none: arguments.no_config };
    match arguments.command {
        Command::Check(arguments) => check::run(arguments, &wish, look, began),
        Command::Effects(arguments) => effects::run(arguments, &wish, look, began),
        Command::Rules(RulesCommand::List { output_format }) => {
            rules::list(output_format == RulesFormat::Json, &wish, look)
        }
        Command::Rules(RulesCommand::Test { folder, update }) => rules::test(folder.as_deref(), update, look),
        Command::Explain { rule } => explain::run(&rule, &wish, look),
        Command::Baseline(arguments) => baseline::run(&arguments, &wish),
        Command::Config(arguments) => config::run(&arguments, &wish),
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man => generate::man(),
    }
}

/// How much is told beside the report: 0 nothing, 1 what was not asked for, 2 every decision. Set once, before anything is told.
static LOUDNESS: AtomicU8 = AtomicU8::new(1);

fn is_quiet() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == 0
}

fn is_verbose() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == 2
}

/// Tells the user why there is no verdict.
pub fn complain(text: impl fmt::Display) {
    progress::aside(|| {
        // Whoever closed standard error does not want to know.
        let _ = writeln!(io::stderr(), "shipworthy: {text}");
    });
}

/// Tells the user something beside the report, unless that is not wanted.
fn remark(text: impl fmt::Display) {
    if !is_quiet() {
        complain(text);
    }
}

/// Explains a decision to those who asked for it.
fn explain(text: impl fmt::Display) {
    if is_verbose() {
        complain(text);
    }
}

/// Whether a person looks at standard error. Some CI systems keep what a terminal would show.
fn terminal() -> bool {
    let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    io::stderr().is_terminal() && !is_ci && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Writes a report to standard output. A reader that has enough (`| head`) is no failure.
fn print(report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match report(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure(format!("the report could not be written: {error}")))
        }
        _ => {
            // What is left in the buffer is not tried again when it is dropped.
            let _ = out.into_parts();
            Ok(())
        }
    }
}

/// Colours and width of standard output.
fn look(when: When) -> Look {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let terminal = io::stdout().is_terminal();
    let color = match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => true,
        When::Auto => terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    };
    let size = if terminal { terminal_size::terminal_size_of(io::stdout()) } else { None };
    let home =
        HOME.filter(|_| !matches!(when, When::Never) && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout));
    match size {
        Some((width, _)) => Look { home, ..Look::terminal(usize::from(width.0), color) },
        None => Look { color, home, ..Look::PLAIN },
    }
}

/// The program's repository, as a URL: what the build was told (`action/build.sh` knows from where it was fetched), else what `Cargo.toml` names.
const HOME: Option<&str> = match option_env!("SHIPWORTHY_REPOSITORY") {
    Some(home) if !home.is_empty() => Some(home),
    _ if env!("CARGO_PKG_REPOSITORY").is_empty() => None,
    _ => Some(env!("CARGO_PKG_REPOSITORY")),
};
/// A migration tool by its name.
fn tool(text: &str) -> Result<Tool, String> {
    Tool::of_version(text).ok_or_else(|| {
        let mut names: Vec<_> = Tool::ALL.iter().map(|tool| tool.name).collect();
        names.dedup();
        names.sort_unstable();
        format!("there is {}", names.join(", "))
    })
}

impl Input {
    fn settings(&self, config: &Config, from_empty: bool) -> Settings {
        let default = Settings { from_empty, ..config.settings() };
        match self.postgres {
            Some(version) => Settings { version: Version(version), version_from: VersionFrom::Flag, ..default },
            None => default,
        }
    }
}

impl When {
    /// Whether the configuration says to look around the migrations.
    fn configured(config: &Config) -> Self {
        match config.document.surroundings.as_ref().map(|flag| flag.value) {
            None => Self::Auto,
            Some(true) => Self::Always,
            Some(false) => Self::Never,
        }
    }
}

impl FailOn {
    /// What the configuration says, or the default.
    fn configured(config: &Config) -> Self {
        match config.document.fail_on.as_ref().map(|fail_on| fail_on.value) {
            None | Some(Some(Severity::Error)) => Self::Error,
            Some(Some(Severity::Warning)) => Self::Warning,
            Some(Some(Severity::Note)) => Self::Note,
            Some(None) => Self::Never,
        }
    }

    /// Whether a finding of that severity fails the run.
    fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}
