//! The `cl-node` command as a person runs it.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use cl_interop::lab::Lab;
use cl_interop::report::eventually;

use crate::error::ScenarioError;
use crate::scenario::command::{Command, is, text};
use crate::scenario::{Context, counts, peer_id, standing};

/// How long the command may take to finish a handshake.
pub(crate) const READY: Duration = Duration::from_secs(60);
/// How long it may take to say goodbye and end.
const END: Duration = Duration::from_secs(10);

/// Starts it on the testnet folder, waits for the handshake, interrupts it as Ctrl-C does.
pub(crate) async fn run(context: &mut Context, lab: &Lab, folder: &Path) -> Result<(), ScenarioError> {
    let binary = Command::path()?;
    if !context.report.fact("the cl-node command is built", binary.is_file(), binary.display()) {
        return Ok(());
    }
    let (data, output) = (context.folder("binary"), context.folder("binary-events.jsonl"));
    let mut command = Command::start(folder, &data, &output)?;
    let them = lab.facts().identity.peer_id.clone();
    let ready = eventually(READY, async || command.is_ready(&them).map(|ready| ready.then_some(()))).await;
    context.report.fact("the command finishes a handshake", ready.is_some(), "event peer_ready");
    counts::idle(lab).await?;
    let interrupted = command.interrupt()?;
    context.report.fact("the command is interrupted", interrupted.success(), interrupted);
    let ended = wait(&mut command).await;
    context.report.fact(
        "the command ends with code 0",
        ended.is_some_and(|status| status.success()),
        format!("{ended:?}"),
    );

    let events = command.events()?;
    let first = events.first().is_some_and(|event| is(event, "started"));
    let last = events.last().is_some_and(|event| is(event, "stopped"));
    context.report.fact("its events begin with started and end with stopped", first && last, events.len());
    let goodbye = events.iter().any(|event| is(event, "goodbye_sent") && text(event, "peer") == them);
    context.report.fact("it says goodbye", goodbye, "event goodbye_sent");
    if let Some(started) = events.first() {
        standing::parted(context, lab, peer_id(text(started, "peer"))?).await;
    }
    Ok(())
}

async fn wait(command: &mut Command) -> Option<ExitStatus> {
    eventually(END, || {
        let status = command.ended();
        async move { status }
    })
    .await
}
