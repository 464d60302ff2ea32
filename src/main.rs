//! The command.

use std::process::ExitCode;

fn main() -> ExitCode {
    overheard::cli::main()
}
