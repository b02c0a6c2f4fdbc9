//! The `cl-node` command: reads the command line and does what it says.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use cl_node::cli::{Cli, Task};
use cl_node::{Config, Event, Node, devnet};
use clap::Parser;

/// Exit code of a devnet in which something is missing.
const INCOMPLETE: u8 = 1;
/// Exit code for whatever the user can cure.
const BAD_INPUT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            // --help and --version.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            return fail(format_args!("{}; see cl-node --help", first.trim_start_matches("error: ")));
        }
    };
    match cli.resolve() {
        Ok(Task::Node { config, json }) => {
            init_logs(if json { "warn" } else { "warn,cl_node=info" });
            node(*config, json).await
        }
        Ok(Task::Devnet(options)) => {
            // Its nodes tell everything as events; the log of several nodes at once helps nobody.
            init_logs("off");
            match devnet::run(options, interrupted()).await {
                Ok(outcome) if outcome.is_complete() => ExitCode::SUCCESS,
                Ok(_) => ExitCode::from(INCOMPLETE),
                Err(error) => fail(error),
            }
        }
        Ok(Task::Schedule { network, at }) => schedule(&network, at),
        Ok(Task::Plan { network, options }) => plan(&network, &options),
        Err(error) => fail(error),
    }
}

/// Runs a node until Ctrl-C.
async fn node(config: Config, json: bool) -> ExitCode {
    let (node, mut events) = match Node::spawn(config).await {
        Ok(started) => started,
        Err(error) => return fail(error),
    };
    let mut interrupt = std::pin::pin!(interrupted());
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => if print(&event, json).is_err() {
                    // Nobody reads our output any more.
                    break;
                },
                None => return ExitCode::SUCCESS,
            },
            () = &mut interrupt => break,
        }
    }
    node.shutdown().await;
    while let Some(event) = events.next().await {
        if print(&event, json).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// Prints the forks of a network.
fn schedule(network: &cl_types::Network, at: Option<cl_types::Epoch>) -> ExitCode {
    match cl_node::schedule_table::render(network, at) {
        // An error says that nobody reads it.
        Ok(text) => ExitCode::from(u8::from(io::stdout().write_all(text.as_bytes()).is_err())),
        Err(error) => fail(error),
    }
}

/// Prints what a node subscribes to.
fn plan(network: &cl_types::Network, options: &cl_node::plan_table::Options) -> ExitCode {
    match cl_node::plan_table::render(network, options) {
        Ok(text) => ExitCode::from(u8::from(io::stdout().write_all(text.as_bytes()).is_err())),
        Err(error) => fail(error),
    }
}

fn fail(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("cl-node: {error}");
    ExitCode::from(BAD_INPUT)
}

/// Logs go to standard error, so that standard output holds events alone. `RUST_LOG` says what is logged instead of the
/// default.
fn init_logs(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

fn print(event: &Event, json: bool) -> io::Result<()> {
    if !json {
        cl_node::log::event(event);
        return Ok(());
    }
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, event)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Ends with Ctrl-C or a termination signal.
async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Without a signal handler only the default action is left, which ends the process.
    let _ = tokio::signal::ctrl_c().await;
}
