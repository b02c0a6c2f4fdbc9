//! The process that publishes: many peers, whose frames are ready before the clock starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Stream};
use tokio::sync::{mpsc, oneshot};

use super::load::{Copies, Delivery, Plan};
use super::meter::Stamps;
use super::options::Options;
use super::streams::{Opened, Streams};
use super::{Error, frame, network, payload};

/// How long the last forwarded messages may take.
const LATEST_FORWARD: Duration = Duration::from_millis(1500);

/// What the peers share.
struct Shared {
    frames: Vec<Bytes>,
    /// When a message was first sent, and when it first came back.
    sent: Stamps,
    forwarded: Stamps,
    /// How often messages came back.
    forwards: AtomicU64,
    /// The longest that a delivery was late, in microseconds.
    behind: AtomicU64,
}

impl Shared {
    fn new(plan: &Plan) -> Result<Self, Error> {
        let mut encoder = snap::raw::Encoder::new();
        let mut frames = Vec::with_capacity(plan.messages.len());
        for (number, message) in plan.messages.iter().enumerate() {
            let data = encoder.compress_vec(&payload::ssz(message, number)).map_err(|_| Error::Sample)?;
            frames.push(frame::publish(message.topic, &data).into());
        }
        Ok(Self {
            frames,
            sent: Stamps::new(plan.messages.len()),
            forwarded: Stamps::new(plan.messages.len()),
            forwards: AtomicU64::new(0),
            behind: AtomicU64::new(0),
        })
    }
}

/// Begins at a time; says when all is written.
struct Job {
    deliveries: Vec<Delivery>,
    /// `None`: as fast as it goes.
    begin: Option<Instant>,
    done: oneshot::Sender<()>,
}

pub(super) fn run(options: &Options) -> Result<(), Error> {
    let plan = Plan::new(options)?;
    let shared = Arc::new(Shared::new(&plan)?);
    let address: Multiaddr = options.address.parse().map_err(|_| Error::Child)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let mut peers = vec![];
        for connection in 0..options.connections {
            let topics: Vec<_> =
                plan.topics.iter().copied().filter(|topic| plan.in_mesh(*topic).any(|n| n == connection)).collect();
            let mut stream = connect(address.clone(), Arc::clone(&shared)).await?;
            stream.write_all(&frame::hello(&topics)).await?;
            stream.flush().await?;
            let (jobs, queue) = mpsc::channel(1);
            tokio::spawn(write(stream, queue, Arc::clone(&shared)));
            peers.push(jobs);
        }
        println!("ready");
        // Reading blocks this thread, on which nothing else runs.
        for line in std::io::stdin().lines() {
            let line = line?;
            match line.split_once(' ') {
                Some(("phase", number)) => {
                    let phase = number.parse().ok().and_then(|n: usize| plan.phases.get(n)).ok_or(Error::Child)?;
                    let begin = (phase.copies != Copies::Others).then(|| Instant::now() + Duration::from_millis(200));
                    let mut all = vec![];
                    for (connection, jobs) in peers.iter().enumerate() {
                        let mine = phase.deliveries.iter().filter(|delivery| delivery.connection == connection);
                        let (done, ended) = oneshot::channel();
                        let job = Job { deliveries: mine.copied().collect(), begin, done };
                        jobs.send(job).await.map_err(|_| Error::Child)?;
                        all.push(ended);
                    }
                    for ended in all {
                        ended.await.map_err(|_| Error::Child)?;
                    }
                    if phase.copies == Copies::All {
                        tokio::time::sleep(LATEST_FORWARD).await;
                    }
                    println!("done");
                }
                Some(("end", path)) => {
                    shared.sent.write(&format!("{path}.sent"))?;
                    shared.forwarded.write(&format!("{path}.forwarded"))?;
                    let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
                    // The receiver ends first: it says if it loses a connection before.
                    println!("ended {} {}", load(&shared.forwards), load(&shared.behind));
                }
                _ => return Err(Error::Child),
            }
        }
        Ok(())
    })
}

/// Dials from a peer of its own. Returns the stream to write on; what comes on others is skimmed.
async fn connect(address: Multiaddr, shared: Arc<Shared>) -> Result<Stream, Error> {
    let mut swarm = network::swarm(Streams::opening())?;
    swarm.dial(address)?;
    let (opened, stream) = oneshot::channel();
    let mut opened = Some(opened);
    tokio::spawn(async move {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::Behaviour(Opened::ByUs(stream)) => {
                    if let Some(opened) = opened.take() {
                        let _ = opened.send(stream);
                    }
                }
                SwarmEvent::Behaviour(Opened::ByPeer(stream)) => drop(tokio::spawn(read(stream, Arc::clone(&shared)))),
                SwarmEvent::OutgoingConnectionError { error, .. } => {
                    eprintln!("a publisher has no connection: {error}")
                }
                _ => {}
            }
        }
    });
    stream.await.map_err(|_| Error::Child)
}

async fn write(mut stream: Stream, mut jobs: mpsc::Receiver<Job>, shared: Arc<Shared>) -> Result<(), Error> {
    while let Some(Job { deliveries, begin, done }) = jobs.recv().await {
        for delivery in deliveries {
            if let Some(begin) = begin {
                let due = begin + delivery.at;
                if due > Instant::now() {
                    tokio::time::sleep_until(due.into()).await;
                }
                let behind = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                shared.behind.fetch_max(behind, Ordering::Relaxed);
            }
            let Some(frame) = shared.frames.get(delivery.message) else { continue };
            shared.sent.set(delivery.message);
            // A frame at a time, as routers do.
            stream.write_all(frame).await?;
            stream.flush().await?;
        }
        let _ = done.send(());
    }
    Ok(())
}

/// Notes which messages come back, and drops them.
async fn read(mut stream: Stream, shared: Arc<Shared>) -> Result<(), Error> {
    let (mut buffer, mut chunk) = (Vec::with_capacity(1 << 20), vec![0; 1 << 16]);
    loop {
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Ok(());
        }
        buffer.extend_from_slice(chunk.get(..n).unwrap_or_default());
        let mut rest = buffer.as_slice();
        while let Some((rpc, after)) = frame::split(rest) {
            frame::messages(rpc, |data| {
                if let Some(number) = payload::number(data) {
                    shared.forwarded.set(number);
                    shared.forwards.fetch_add(1, Ordering::Relaxed);
                }
            });
            rest = after;
        }
        let taken = buffer.len() - rest.len();
        buffer.drain(..taken);
    }
}
