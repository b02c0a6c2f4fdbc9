//! The `cl-node` command as a person runs it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use cl_interop::lab::Lab;
use cl_interop::report::eventually;
use serde_json::Value;

use crate::error::ScenarioError;
use crate::scenario::{Context, counts, peer_id, standing};

/// How long the command may take to finish a handshake.
const READY: Duration = Duration::from_secs(20);
/// How long it may take to say goodbye and end.
const END: Duration = Duration::from_secs(10);

/// A process that does not outlive its scenario.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it on the testnet folder, waits for the handshake, interrupts it as Ctrl-C does.
pub(crate) async fn run(context: &mut Context, lab: &Lab, folder: &Path) -> Result<(), ScenarioError> {
    let binary = path()?;
    if !context.report.fact("the cl-node command is built", binary.is_file(), binary.display()) {
        return Ok(());
    }
    let output = context.folder("binary-events.jsonl");
    let child = Command::new(&binary)
        .arg("--testnet-dir")
        .arg(folder)
        .arg("--data-dir")
        .arg(context.folder("binary"))
        .args(["--json", "--listen-address", "127.0.0.1", "--external-address", "127.0.0.1"])
        .args(["--port", "0", "--quic-port", "0", "--discovery-port", "0"])
        .stdin(Stdio::null())
        .stdout(File::create(&output)?)
        .spawn()?;
    let mut process = Process(child);
    let them = lab.facts().identity.peer_id.clone();
    let ready = eventually(READY, async || {
        let events = events(&output)?;
        let ready = events.iter().any(|event| is(event, "peer_ready") && text(event, "peer") == them);
        Ok::<_, ScenarioError>(ready.then_some(()))
    })
    .await;
    context.report.fact("the command finishes a handshake", ready.is_some(), "event peer_ready");
    counts::idle(lab).await?;
    let id = process.0.id().to_string();
    let interrupted = Command::new("kill").args(["-INT", &id]).status()?;
    context.report.fact("the command is interrupted", interrupted.success(), interrupted);
    let ended = wait(&mut process).await;
    context.report.fact("the command ends with code 0", ended.is_some_and(|status| status.success()), format!("{ended:?}"));

    let events = events(&output)?;
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

/// Beside this binary: one build makes both.
fn path() -> Result<PathBuf, ScenarioError> {
    Ok(std::env::current_exe()?.with_file_name(format!("cl-node{}", std::env::consts::EXE_SUFFIX)))
}

/// The whole lines of the output so far. A line that is no JSON becomes `null`, which is no event.
fn events(output: &Path) -> Result<Vec<Value>, ScenarioError> {
    let text = fs::read_to_string(output)?;
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    Ok(whole.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect())
}

fn is(event: &Value, name: &str) -> bool {
    text(event, "event") == name
}

fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get(key).and_then(Value::as_str).unwrap_or_default()
}

async fn wait(process: &mut Process) -> Option<ExitStatus> {
    eventually(END, || {
        let status = process.0.try_wait();
        async move { status }
    })
    .await
}
