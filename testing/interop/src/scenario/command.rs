//! The `cl-node` command as a process.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};

use serde_json::Value;

use crate::error::ScenarioError;

/// A running `cl-node` that prints its events into a file. It does not outlive its scenario.
#[derive(Debug)]
pub(crate) struct Command {
    child: Child,
    output: PathBuf,
}

impl Drop for Command {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Command {
    /// Beside this binary: one build makes both.
    pub(crate) fn path() -> io::Result<PathBuf> {
        Ok(std::env::current_exe()?.with_file_name(format!("cl-node{}", std::env::consts::EXE_SUFFIX)))
    }

    /// Starts it on loopback, on any free ports, with the chain and the boot records of a testnet folder.
    pub(crate) fn start(folder: &Path, data: &Path, output: &Path) -> io::Result<Self> {
        let child = std::process::Command::new(Self::path()?)
            .arg("--testnet-dir")
            .arg(folder)
            .arg("--data-dir")
            .arg(data)
            .args(["--json", "--listen-address", "127.0.0.1", "--external-address", "127.0.0.1"])
            .args(["--port", "0", "--quic-port", "0", "--discovery-port", "0"])
            .stdin(Stdio::null())
            .stdout(File::create(output)?)
            .spawn()?;
        Ok(Self { child, output: output.to_path_buf() })
    }

    /// Starts it in a network namespace, with addresses and ports as in `arguments`.
    pub(crate) fn start_in(
        namespace: &str,
        folder: &Path,
        data: &Path,
        output: &Path,
        arguments: &[&str],
    ) -> io::Result<Self> {
        // `ip` becomes the command: it is one process.
        let child = std::process::Command::new("ip")
            .args(["netns", "exec", namespace])
            .arg(Self::path()?)
            .arg("--testnet-dir")
            .arg(folder)
            .arg("--data-dir")
            .arg(data)
            .arg("--json")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(File::create(output)?)
            .spawn()?;
        Ok(Self { child, output: output.to_path_buf() })
    }

    /// What Ctrl-C does.
    pub(crate) fn interrupt(&self) -> io::Result<ExitStatus> {
        std::process::Command::new("kill").args(["-INT", &self.child.id().to_string()]).status()
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// The whole lines of its output so far. A line that is no JSON becomes `null`, which is no event.
    pub(crate) fn events(&self) -> Result<Vec<Value>, ScenarioError> {
        let text = fs::read_to_string(&self.output)?;
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        Ok(whole.lines().map(|line| serde_json::from_str(line).unwrap_or_default()).collect())
    }

    /// True once it told that the handshake with this peer is complete.
    pub(crate) fn is_ready(&self, peer: &str) -> Result<bool, ScenarioError> {
        Ok(self.events()?.iter().any(|event| is(event, "peer_ready") && text(event, "peer") == peer))
    }
}

/// Whether an event has this name.
pub(crate) fn is(event: &Value, name: &str) -> bool {
    text(event, "event") == name
}

/// A text of an event, empty if it has none.
pub(crate) fn text<'a>(event: &'a Value, key: &str) -> &'a str {
    event.get(key).and_then(Value::as_str).unwrap_or_default()
}
