//! The `cl-node` command: reads options, runs a node, prints its events.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use cl_node::cli::Options;
use cl_node::{Event, Node};
use clap::Parser;

/// Exit code for whatever the user can cure.
const BAD_INPUT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
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
    let json = options.json;
    init_logs(json);
    let config = match options.with_file().and_then(|options| options.resolve()) {
        Ok(config) => config,
        Err(error) => return fail(error),
    };
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

fn fail(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("cl-node: {error}");
    ExitCode::from(BAD_INPUT)
}

/// Logs go to standard error, so that standard output holds events alone. With `--json` only warnings are logged.
fn init_logs(json: bool) {
    let default = if json { "warn" } else { "warn,cl_node=info" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
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
