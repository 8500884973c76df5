//! The `shipworthy` command.

fn main() -> std::process::ExitCode {
    shipworthy::cli::main()
}
