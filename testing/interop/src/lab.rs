//! Starting and stopping the other client.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, io};

use serde::Deserialize;
use tempfile::TempDir;

use crate::rest::{Genesis, Identity, Rest};

/// How many last lines of the other client's log go into an error report.
const LOG_TAIL: usize = 30;

/// Why the other client could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// The lab script is not beside the workspace.
    #[error("there is no lab script at {}", path.display())]
    NoScript {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The script could not be run at all.
    #[error("the lab script could not be run")]
    Run(#[source] io::Error),
    /// The script ran, twice, and failed.
    #[error("the lab script failed: {}", stderr.trim_end())]
    Script {
        /// What it wrote to standard error.
        stderr: String,
    },
    /// The script printed something else than facts.
    #[error("the lab script printed no facts")]
    Facts(#[source] serde_json::Error),
    /// No port is free in the range that [`Ports`] hands out.
    #[error("no free port is left")]
    NoPort,
    /// The task that ran the script was cancelled.
    #[error("the start was cancelled")]
    Cancelled,
}

/// Hands out ports of 127.0.0.1 that are free for TCP and UDP, each once.
///
/// They lie below the range from which systems take ports for outgoing connections, so that a port is still free when
/// the other client gets around to binding it.
#[derive(Debug)]
pub struct Ports {
    next: u16,
}

impl Ports {
    /// The end of the range.
    const LAST: u16 = 32_000;

    /// Starts at `first`.
    #[must_use]
    pub const fn from(first: u16) -> Self {
        Self { next: first }
    }

    /// The next free one.
    ///
    /// # Errors
    /// [`LabError::NoPort`].
    pub fn take(&mut self) -> Result<u16, LabError> {
        while self.next < Self::LAST {
            let port = self.next;
            self.next += 1;
            let address = (Ipv4Addr::LOCALHOST, port);
            if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
                return Ok(port);
            }
        }
        Err(LabError::NoPort)
    }
}

/// What to start. The defaults are those of the lab script: minimal preset, 3 s slots, 64 validators, producing.
#[derive(Clone, Debug)]
pub struct LabOptions {
    /// The name of the node, unique within one data folder.
    pub name: String,
    /// `net` (the current network stack on a lab chain) or `full` (an old client, whole).
    pub flavor: &'static str,
    /// TCP and discovery port.
    pub port: u16,
    /// QUIC port.
    pub quic_port: u16,
    /// Port of the REST API.
    pub rest_port: u16,
    /// Forks with their epochs, such as `electra:0,fulu:2`.
    pub forks: String,
    /// `minimal` or `mainnet`.
    pub preset: &'static str,
    /// Length of a slot in milliseconds.
    pub slot_ms: u64,
    /// A blob in each so many slots, 0 for none.
    pub blob_every: u64,
    /// Records to start discovery from.
    pub boot: Vec<String>,
    /// Whether it dials the boot records itself.
    pub dial_boot: bool,
    /// Whether it proposes and attests.
    pub produce: bool,
    /// Unix seconds; the same for each node of one network. `None`: a moment from now.
    pub genesis_time: Option<u64>,
    /// More `LAB_…` variables, such as `("LAB_QUIC", "0")`.
    pub env: Vec<(&'static str, String)>,
}

impl LabOptions {
    /// A producing node of the `net` flavor on three ports of `ports`.
    ///
    /// # Errors
    /// [`LabError::NoPort`].
    pub fn new(name: &str, forks: &str, ports: &mut Ports) -> Result<Self, LabError> {
        Ok(Self {
            name: name.to_owned(),
            flavor: "net",
            port: ports.take()?,
            quic_port: ports.take()?,
            rest_port: ports.take()?,
            forks: forks.to_owned(),
            preset: "minimal",
            slot_ms: 3_000,
            blob_every: 0,
            boot: Vec::new(),
            dial_boot: false,
            produce: true,
            genesis_time: None,
            env: Vec::new(),
        })
    }
}

/// What the lab script says of a started node.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Facts {
    /// Its process.
    pub pid: u32,
    /// `http://127.0.0.1:PORT`.
    pub rest: String,
    /// Its folder, with its log.
    pub dir: PathBuf,
    /// Its record, peer id and addresses.
    pub identity: Identity,
    /// The chain's beginning.
    pub genesis: Genesis,
    /// Hex digests by `fork@epoch`; the `net` flavor only.
    #[serde(default)]
    pub fork_digests: BTreeMap<String, String>,
    /// Root of the genesis block in hex; the `net` flavor only.
    #[serde(default)]
    pub genesis_block_root: Option<String>,
}

/// A folder for the nodes of one run, removed at its end unless `CL_INTEROP_KEEP` is set.
#[derive(Debug)]
pub struct LabFolder {
    script: PathBuf,
    data: TempDir,
}

impl LabFolder {
    /// Makes an empty data folder. Whether the lab script is there shows in [`Self::script`].
    ///
    /// # Errors
    /// [`LabError::Run`] if there is no place for temporary files.
    pub fn new() -> Result<Self, LabError> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/interop/lodestar.sh");
        let script = path.canonicalize().unwrap_or(path);
        let keep = env::var_os("CL_INTEROP_KEEP").is_some();
        let data =
            tempfile::Builder::new().prefix("cl-interop-").disable_cleanup(keep).tempdir().map_err(LabError::Run)?;
        Ok(Self { script, data })
    }

    /// The lab script.
    ///
    /// # Errors
    /// [`LabError::NoScript`].
    pub fn script(&self) -> Result<&Path, LabError> {
        if self.script.is_file() { Ok(&self.script) } else { Err(LabError::NoScript { path: self.script.clone() }) }
    }

    /// What the other client's libraries make of fixed keys: records with all that follows from them, among others.
    ///
    /// # Errors
    /// See [`LabError`].
    pub async fn oracle(&self) -> Result<serde_json::Value, LabError> {
        let mut command = command(self.script()?, self.data.path());
        command.arg("oracle").stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = tokio::task::spawn_blocking(move || command.output()).await.map_err(|_| LabError::Cancelled)?;
        let Output { status, stdout, stderr } = output.map_err(LabError::Run)?;
        if !status.success() {
            return Err(LabError::Script { stderr: String::from_utf8_lossy(&stderr).into_owned() });
        }
        serde_json::from_slice(&stdout).map_err(LabError::Facts)
    }

    /// The data folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.data.path()
    }

    /// Starts a node and waits until it answers. Installs the client first if its cache is empty.
    ///
    /// A start that fails is tried once more: the other client's start-up is not what is tested here.
    /// Cancel safe: if the future is dropped, the node is stopped as soon as it is up.
    ///
    /// # Errors
    /// See [`LabError`].
    pub async fn start(&self, options: LabOptions) -> Result<Lab, LabError> {
        let (script, data) = (self.script()?.to_path_buf(), self.data.path().to_path_buf());
        tokio::task::spawn_blocking(move || start(&script, &data, &options)).await.unwrap_or(Err(LabError::Cancelled))
    }
}

/// A running Lodestar. Dropping it stops it.
#[derive(Debug)]
pub struct Lab {
    script: PathBuf,
    data: PathBuf,
    options: LabOptions,
    facts: Facts,
    rest: Rest,
    running: bool,
}

impl Lab {
    /// What the script said at the start.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The options it was started with, `genesis_time` filled in.
    #[must_use]
    pub const fn options(&self) -> &LabOptions {
        &self.options
    }

    /// Its HTTP API.
    #[must_use]
    pub const fn rest(&self) -> &Rest {
        &self.rest
    }

    /// `/ip4/127.0.0.1/tcp/…`, without a peer id.
    #[must_use]
    pub fn tcp_address(&self) -> String {
        format!("/ip4/127.0.0.1/tcp/{}", self.options.port)
    }

    /// `/ip4/127.0.0.1/udp/…/quic-v1`, without a peer id.
    #[must_use]
    pub fn quic_address(&self) -> String {
        format!("/ip4/127.0.0.1/udp/{}/quic-v1", self.options.quic_port)
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = fs::read(self.facts.dir.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_TAIL)..).unwrap_or_default().join("\n")
    }

    /// Stops it politely: it says goodbye to its peers. Cancel safe: it stops anyway.
    pub async fn stop(mut self) {
        // The task cannot be cancelled once it runs, and there is nothing to learn from it.
        let _ = tokio::task::spawn_blocking(move || self.halt()).await;
    }

    fn halt(&mut self) {
        if std::mem::take(&mut self.running) {
            let arguments = ["stop", "--name", &self.options.name];
            // A node that cannot be stopped is reported by the script's standard error.
            let _ = command(&self.script, &self.data).args(arguments).stderr(Stdio::inherit()).status();
            // The script finds the process by a file. Should that be gone, we still know its number.
            let process = format!("/proc/{}/cmdline", self.facts.pid);
            let line = fs::read(process).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            let alive = line.contains("node.mjs") || line.contains("lodestar/lib/index.js");
            if alive {
                let _ = Command::new("kill").arg(self.facts.pid.to_string()).status();
            }
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.halt();
    }
}

fn command(script: &Path, data: &Path) -> Command {
    let mut command = Command::new("bash");
    command.arg(script).stdin(Stdio::null()).stdout(Stdio::null());
    // The client takes every LODESTAR_ variable as a flag, and LAB_ ones of the caller would change the scenario. The
    // cache is the one thing that the caller may choose.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("LODESTAR_") || (name_text.starts_with("LAB_") && name_text != "LAB_CACHE") {
            command.env_remove(&name);
        }
    }
    command.env("LAB_DATA", data);
    command
}

fn start(script: &Path, data: &Path, options: &LabOptions) -> Result<Lab, LabError> {
    let facts = match start_once(script, data, options) {
        Err(LabError::Script { stderr }) => {
            eprintln!("the other client did not start, trying once more: {}", stderr.trim_end());
            start_once(script, data, options)?
        }
        other => other?,
    };
    let rest = Rest::new(&facts.rest);
    let mut options = options.clone();
    options.genesis_time = facts.genesis.genesis_time.parse().ok();
    Ok(Lab { script: script.to_path_buf(), data: data.to_path_buf(), options, facts, rest, running: true })
}

fn start_once(script: &Path, data: &Path, options: &LabOptions) -> Result<Facts, LabError> {
    let number = |flag: bool| if flag { "1" } else { "0" }.to_owned();
    let mut settings = vec![
        ("LAB_NAME", options.name.clone()),
        ("LAB_FLAVOR", options.flavor.to_owned()),
        ("LAB_PORT", options.port.to_string()),
        ("LAB_QUIC_PORT", options.quic_port.to_string()),
        ("LAB_REST_PORT", options.rest_port.to_string()),
        ("LAB_FORKS", options.forks.clone()),
        ("LAB_PRESET", options.preset.to_owned()),
        ("LAB_SLOT_MS", options.slot_ms.to_string()),
        ("LAB_BLOB_EVERY", options.blob_every.to_string()),
        ("LAB_BOOT", options.boot.join(",")),
        ("LAB_DIAL_BOOT", number(options.dial_boot)),
        ("LAB_PRODUCE", number(options.produce)),
    ];
    if let Some(time) = options.genesis_time {
        settings.push(("LAB_GENESIS_TIME", time.to_string()));
    }
    settings.extend(options.env.iter().cloned());
    let mut command = command(script, data);
    command.envs(settings).arg("start").stdout(Stdio::piped()).stderr(Stdio::piped());
    let Output { status, stdout, stderr } = command.output().map_err(LabError::Run)?;
    if !status.success() {
        return Err(LabError::Script { stderr: String::from_utf8_lossy(&stderr).into_owned() });
    }
    serde_json::from_slice(&stdout).map_err(LabError::Facts)
}
