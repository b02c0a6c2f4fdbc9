//! The process that receives, and is measured.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{Either, select};
use futures::{AsyncReadExt, StreamExt};
use libp2p::Swarm;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use tokio::runtime::Runtime;

use super::load::Plan;
use super::meter::{self, Mark, Stamps};
use super::options::{Kind, Options};
use super::streams::{Opened, Streams};
use super::{Error, network, payload};

mod ours;
mod plain;

/// Quiet is who uses less than [`LITTLE`] in so many of these in a row.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 4;
/// Heartbeats of the router go on, and are more.
const LITTLE: Duration = Duration::from_micros(500);
/// Two heartbeats.
const REST: Duration = Duration::from_millis(1400);
/// Who is not quiet by then is measured all the same.
const MOST_LOOKS: usize = 500;

/// What the task with the behaviour tells the one that looks.
struct Seen {
    verdicts: Stamps,
    messages: AtomicU64,
    late: AtomicU64,
    dropped: AtomicU64,
}

impl Seen {
    fn new(messages: usize) -> Self {
        let zero = || AtomicU64::new(0);
        Self { verdicts: Stamps::new(messages), messages: zero(), late: zero(), dropped: zero() }
    }

    /// A message got its verdict, in time or not.
    fn verdict(&self, ssz: &[u8], in_time: bool) {
        if let Some(number) = payload::number(ssz) {
            self.verdicts.set(number);
        }
        self.messages.fetch_add(1, Ordering::Relaxed);
        if !in_time {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn dropped(&self, frames: usize) {
        self.dropped.fetch_add(frames as u64, Ordering::Relaxed);
    }

    fn mark(&self, thread: &str) -> Mark {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let (bytes, allocations) = meter::allocated();
        Mark {
            at: meter::now(),
            process: meter::process(),
            task: meter::thread(thread),
            messages: load(&self.messages),
            late: load(&self.late),
            dropped: load(&self.dropped),
            bytes,
            allocations,
            peak: meter::peak(),
        }
    }
}

/// A gossip node, apart from its transport.
trait Node: Sized + Send + 'static {
    type Behaviour: NetworkBehaviour<ToSwarm: Send>;

    fn new(kind: Kind, plan: &Plan) -> Result<Self::Behaviour, Error>;

    fn on_event(
        behaviour: &mut Self::Behaviour,
        event: <Self::Behaviour as NetworkBehaviour>::ToSwarm,
        seen: &Arc<Seen>,
    );
}

pub(super) fn run(options: &Options) -> Result<(), Error> {
    match options.kind {
        Kind::Ours => serve::<ours::Ours>(options),
        Kind::Floor => serve::<Floor>(options),
        Kind::Plain | Kind::Metered | Kind::Bare => serve::<plain::Plain>(options),
    }
}

/// Connections are tasks of a runtime of two threads; the behaviour has a thread of its own, so that one sees what it takes.
fn serve<N: Node>(options: &Options) -> Result<(), Error> {
    let plan = Plan::new(options)?;
    let seen = Arc::new(Seen::new(plan.messages.len()));
    let runtime = Runtime::new()?;
    let (listen, kind) = (options.transport.listen().parse().map_err(|_| Error::Child)?, options.kind);
    let (named, name) = std::sync::mpsc::sync_channel(1);
    let (handle, of_task) = (runtime.handle().clone(), Arc::clone(&seen));
    let behaviour = std::thread::Builder::new().name("behaviour".to_owned());
    behaviour.spawn(move || -> Result<(), Error> {
        let _entered = handle.enter();
        let _ = named.send(meter::this_thread());
        let mut swarm = network::swarm(N::new(kind, &plan)?)?;
        swarm.listen_on(listen)?;
        futures::executor::block_on(drive::<N>(swarm, &of_task));
        Ok(())
    })?;
    let thread = name.recv().ok().flatten().ok_or(Error::Child)?;
    for line in std::io::stdin().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("rest", _) => {
                runtime.block_on(async { tokio::time::sleep(REST).await });
                println!("mark {}", seen.mark(&thread));
            }
            ("mark", _) => {
                runtime.block_on(quiet());
                println!("mark {}", seen.mark(&thread));
            }
            ("end", path) => {
                seen.verdicts.write(&format!("{path}.verdicts"))?;
                println!("ended");
                // Threads and connections go with the process.
                std::process::exit(0);
            }
            _ => return Err(Error::Child),
        }
    }
    Ok(())
}

/// Ends when this process has had next to nothing to do for a while.
async fn quiet() {
    let mut quiet = 0;
    for _ in 0..MOST_LOOKS {
        let before = meter::process();
        tokio::time::sleep(LOOK).await;
        let used = Duration::from_nanos(meter::process() - before);
        quiet = if used < LITTLE { quiet + 1 } else { 0 };
        if quiet >= LOOKS {
            return;
        }
    }
    eprintln!("a receiver was not quiet");
}

async fn drive<N: Node>(mut swarm: Swarm<N::Behaviour>, seen: &Arc<Seen>) {
    // The library's router misses heartbeats while nothing comes, and ours does not let it. What both use up at rest is taken
    // off later, so both have their heartbeats then.
    let mut awake = tokio::time::interval(cl_gossip::config::HEARTBEAT / 2);
    loop {
        let event = match select(swarm.next(), pin!(awake.tick())).await {
            Either::Left((Some(event), _)) => event,
            Either::Left((None, _)) => return,
            Either::Right(_) => continue,
        };
        match event {
            SwarmEvent::Behaviour(event) => N::on_event(swarm.behaviour_mut(), event, seen),
            SwarmEvent::NewListenAddr { address, .. } => println!("listening {address}"),
            SwarmEvent::ConnectionClosed { cause, .. } => eprintln!("a receiver lost a connection: {cause:?}"),
            _ => {}
        }
    }
}

/// Reads and drops.
struct Floor;

impl Node for Floor {
    type Behaviour = Streams;

    fn new(_: Kind, _: &Plan) -> Result<Streams, Error> {
        Ok(Streams::default())
    }

    fn on_event(_: &mut Streams, opened: Opened, _: &Arc<Seen>) {
        let Opened::ByPeer(mut stream) = opened else { return };
        tokio::spawn(async move {
            // As much at a time as a framed stream takes.
            let mut buffer = vec![0; 8 * 1024];
            while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {}
        });
    }
}
