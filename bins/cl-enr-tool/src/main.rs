//! Reads and writes the node records of consensus clients.
//!
//! `cl-enr-tool decode enr:…` prints every field; `cl-enr-tool encode …` makes and signs a record. No socket is opened.

mod decode;
mod encode;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code for whatever the user can cure.
const BAD_INPUT: u8 = 2;

/// Reads and writes the node records of consensus clients.
#[derive(Debug, Parser)]
#[command(name = "cl-enr-tool", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows what records say.
    Decode(decode::Arguments),
    /// Makes and signs a record, and prints its text.
    Encode(encode::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => {
            // --help and --version.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            return fail(&format_args!("{}; see cl-enr-tool --help", first.trim_start_matches("error: ")));
        }
    };
    let result = match &arguments.command {
        Command::Decode(arguments) => decode::run(arguments).map_err(|error| error.to_string()),
        Command::Encode(arguments) => encode::run(arguments).map_err(|error| error.to_string()),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("cl-enr-tool: {error}");
    ExitCode::from(BAD_INPUT)
}
