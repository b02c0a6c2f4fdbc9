//! A node that does not know its address, in a network namespace of its own: others tell it. Needs no other client.
//!
//! ```text
//! near: 10.77.0.1, fd77::1, the voters      far: 10.77.0.2, fd77::2, the command
//! ```

use std::fs::File;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use cl_enr::{Ports, Record, fields, multiaddrs, parse};
use cl_interop::folder::{self, MadeUp};
use cl_interop::report::eventually;
use cl_node::{Config, Node, NodeHandle};
use cl_types::Network;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::error::ScenarioError;
use crate::scenario::command::{Command, is, text};
use crate::scenario::{Context, unix_seconds};

/// In each family; more than must agree.
const VOTERS: usize = 12;
/// How long the votes may take.
const LEARNT: Duration = Duration::from_secs(60);
/// How long all of it may take.
const ENDED: Duration = Duration::from_secs(180);
/// The namespace of the command.
const FAR: &str = "far";
/// Where the voters and the command are, in each family.
const FAMILIES: [(&str, &str, &str); 2] = [("IPv4", "10.77.0.1", "10.77.0.2"), ("IPv6", "fd77::1", "fd77::2")];
/// Makes the far namespace and joins it to this one. Nothing of it is seen outside.
const NETWORK: &str = "mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up && ip netns add far \
     && ip link add near0 type veth peer name far0 netns far \
     && ip address add 10.77.0.1/24 dev near0 && ip address add fd77::1/64 dev near0 nodad && ip link set near0 up \
     && ip -n far address add 10.77.0.2/24 dev far0 && ip -n far address add fd77::2/64 dev far0 nodad \
     && ip -n far link set far0 up && ip -n far link set lo up";

/// What the process in the namespaces says of one family.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Learnt {
    family: String,
    /// The record at the start.
    started: String,
    /// The first record with an address of this family.
    record: Option<String>,
    seconds: f32,
}

/// A process that does not outlive its scenario.
struct Inside(Child);

impl Drop for Inside {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether this machine lets us make namespaces; the reason if not.
fn refused() -> Option<String> {
    let probe = ["--map-root-user", "--net", "--mount", "sh", "-c", NETWORK];
    match std::process::Command::new("unshare").args(probe).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("unshare: {error}")),
    }
}

/// Starts itself again in new namespaces and checks what is learnt there.
pub(crate) async fn run(context: &mut Context) -> Result<(), ScenarioError> {
    if let Some(reason) = refused() {
        context.report.skip(format_args!("no network namespaces: {reason}"));
        return Ok(());
    }
    let folder = context.folder("addresses");
    std::fs::create_dir_all(&folder)?;
    let output = folder.join("told.jsonl");
    let child = std::process::Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--kill-child"])
        .arg(std::env::current_exe()?)
        .arg("addresses-inside")
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(File::create(&output)?)
        .spawn()?;
    let mut inside = Inside(child);
    let ended = eventually(ENDED, || {
        let status = inside.0.try_wait();
        async move { status }
    })
    .await;
    let status = ended.map_or_else(|| "not at all".to_owned(), |status| status.to_string());
    context.report.fact("it ran in namespaces of its own", ended.is_some_and(|status| status.success()), status);
    let text = std::fs::read_to_string(&output)?;
    let told: Vec<Learnt> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (family, _, far) in FAMILIES {
        let learnt = told.iter().find(|learnt| learnt.family == family);
        check(context, family, far, learnt);
    }
    Ok(())
}

fn check(context: &mut Context, family: &str, far: &str, learnt: Option<&Learnt>) {
    let name = format!("{family}: the address that others see is learnt");
    let (Some(learnt), Ok(far)) = (learnt, far.parse::<IpAddr>()) else {
        context.report.fact(&name, false, "nothing was told");
        return;
    };
    let (Ok(before), Some(Ok(after))) = (parse(&learnt.started), learnt.record.as_deref().map(parse)) else {
        context.report.fact(&name, false, format!("not within {:.0} s", learnt.seconds));
        return;
    };
    context.report.fact(
        &format!("{family}: at its start its record has ports and no address"),
        ip_of(&before, far).is_none() && ports_of(&before, far).udp.is_some(),
        &learnt.started,
    );
    let ports = (ports_of(&before, far), ports_of(&after, far));
    let right = ip_of(&after, far) == Some(far) && ports.0 == ports.1 && after.seq() > before.seq();
    context.report.fact(&name, right, format!("{far} after {:.1} s, {:?}", learnt.seconds, ports.1));
    let mut dial = multiaddrs(&after);
    dial.retain(|address| address.to_string().contains(&far.to_string()));
    context.report.fact(
        &format!("{family}: its record can be dialled then, over both transports"),
        dial.len() == 2,
        format!("{dial:?}"),
    );
}

fn ip_of(record: &Record, like: IpAddr) -> Option<IpAddr> {
    if like.is_ipv4() { fields::ip4(record).ok()?.map(IpAddr::V4) } else { fields::ip6(record).ok()?.map(IpAddr::V6) }
}

fn ports_of(record: &Record, like: IpAddr) -> Ports {
    let addresses = cl_enr::Addresses::of(record);
    if like.is_ipv4() { addresses.ports4 } else { addresses.ports6 }
}

/// In the namespaces: voters here, the command there; says what was learnt, one line of JSON a family.
pub(crate) async fn inside(folder: &Path) -> Result<(), ScenarioError> {
    let made = std::process::Command::new("sh").args(["-c", NETWORK]).status()?;
    if !made.success() {
        return Err(ScenarioError::Vain { what: "a network of namespaces" });
    }
    let chain = MadeUp { genesis_time: unix_seconds(), slot_ms: 3_000, changes: 0 };
    folder::write_made_up(folder, &chain, &[])?;
    let (mut voters, mut records) = (Vec::new(), Vec::new());
    for (_, near, _) in FAMILIES {
        let boot = voter(Network::from_dir(folder)?, near).await?;
        records.push(boot.info().await?.record.to_base64());
        voters.push(boot);
    }
    // The command asks those alone; discv5 counts the votes of nodes that it found itself.
    folder::write_made_up(folder, &chain, &records)?;
    for (_, near, _) in FAMILIES {
        for _ in 0..VOTERS {
            voters.push(voter(Network::from_dir(folder)?, near).await?);
        }
    }
    for learnt in learn(folder).await? {
        println!("{}", serde_json::to_string(&learnt).unwrap_or_default());
    }
    for voter in voters {
        voter.shutdown().await;
    }
    Ok(())
}

/// A node that knows where it is.
async fn voter(network: Network, near: &str) -> Result<NodeHandle, ScenarioError> {
    let ip: IpAddr = near.parse().map_err(|_| ScenarioError::Unreadable { text: near.to_owned() })?;
    let mut config = Config::loopback(network);
    config.listen_address = ip;
    config.external_address = Some(ip);
    config.target_peers = 4;
    let (node, mut events) = Node::spawn(config).await?;
    tokio::spawn(async move { while events.next().await.is_some() {} });
    Ok(node)
}

/// Starts the command in the far namespace with no word of its addresses, and waits for a record that has both.
async fn learn(folder: &Path) -> Result<Vec<Learnt>, ScenarioError> {
    let begun = Instant::now();
    let arguments = ["--listen-address", "0.0.0.0", "--listen-address6", "::"];
    let ports = ["--port", "0", "--quic-port", "0", "--discovery-port", "0"];
    let arguments: Vec<&str> = arguments.into_iter().chain(ports).collect();
    let mut command = Command::start_in(FAR, folder, &folder.join("data"), &folder.join("events.jsonl"), &arguments)?;
    let mut learnt = FAMILIES.map(|(family, ..)| Learnt {
        family: family.to_owned(),
        started: String::new(),
        record: None,
        seconds: LEARNT.as_secs_f32(),
    });
    let all = async || {
        let events = command.events()?;
        for (known, (_, near, _)) in learnt.iter_mut().zip(FAMILIES) {
            let told = |name| events.iter().filter(move |event| is(event, name)).map(|event| text(event, "enr"));
            known.started = told("started").next().unwrap_or_default().to_owned();
            let is_ip4 = !near.contains(':');
            let has =
                |enr: &&str| parse(enr).is_ok_and(|it| if is_ip4 { it.ip4().is_some() } else { it.ip6().is_some() });
            if known.record.is_none()
                && let Some(found) = told("record_changed").find(has)
            {
                known.record = Some(found.to_owned());
                known.seconds = begun.elapsed().as_secs_f32();
            }
        }
        Ok::<_, ScenarioError>(learnt.iter().all(|known| known.record.is_some()).then_some(()))
    };
    // What is missing afterwards is reported.
    let _ = eventually(LEARNT, all).await;
    command.kill()?;
    Ok(learnt.into())
}
