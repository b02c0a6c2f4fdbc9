//! Whole transfers on loopback: our behaviour on both sides, and plain streams that carry the same bytes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cl_rpc::codec::Encoder;
use cl_rpc::{Behaviour, Config, Event, InboundId, Limits, Pacing, Quotas, Request, RespondError, Response};
use cl_types::containers::ColumnsByRangeRequest;
use cl_types::{ForkEntry, ForkSchedule, Protocol, Slot};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::{PeerId, Swarm};
use ssz::Encode;

use super::plain::Plain;
use super::swarm::{Transport, pair};
use super::{Error, Sample};

/// Pairs of runs, ours and theirs in turns.
const PAIRS: usize = 5;
/// Streams that are open at a time, for both.
const CONCURRENT: usize = 2;
/// What we must reach of the plain streams' throughput.
const GOAL: f64 = 0.6;

/// What is asked for.
struct Load {
    name: String,
    ssz: Bytes,
    requests: Vec<Request>,
    /// Chunks in the answer to each.
    chunks: u64,
    /// A chunk as it goes over the wire.
    wire: Bytes,
}

impl Load {
    fn megabytes(&self) -> f64 {
        let chunks = f64::from(u32::try_from(self.chunks).unwrap_or(u32::MAX));
        let requests = f64::from(u32::try_from(self.requests.len()).unwrap_or(u32::MAX));
        f64::from(u32::try_from(self.wire.len()).unwrap_or(u32::MAX)) * chunks * requests / 1e6
    }
}

fn loads(era: ForkEntry, [block, column]: &[Sample; 2]) -> Result<[Load; 2], Error> {
    let blocks = (0..8u64).map(|n| Request::blocks_by_range(Slot(n * 128), 128)).collect::<Result<Vec<_>, _>>()?;
    let columns = ColumnsByRangeRequest {
        start_slot: Slot(0),
        count: 32,
        columns: (0..128).collect::<Vec<u64>>().try_into().map_err(|_| Error::Gone)?,
    };
    let columns = Request::new(vec![(Protocol::ColumnsByRangeV1, columns.as_ssz_bytes().into())], 32 * 128)?;
    let load = |name: &str, sample: &Sample, requests: Vec<Request>, chunks: u64| {
        let wire = Bytes::from(Encoder::chunk(Some(era.digest), sample.ssz.clone()).to_vec());
        Load { name: format!("{name} of {} bytes", sample.ssz.len()), ssz: sample.ssz.clone(), requests, chunks, wire }
    };
    Ok([
        load("1,024 blocks, 8 requests", block, blocks, 128),
        load("128 columns × 32 slots, 1 request", column, vec![columns], 32 * 128),
    ])
}

pub(super) fn run(
    schedule: &Arc<ForkSchedule>,
    era: ForkEntry,
    samples: &[Sample; 2],
    words: &str,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Runtime::new()?;
    let loads = loads(era, samples)?;
    println!(
        "| what | MB on the wire | ours, MB/s | plain, MB/s | share | goal | met | peak of ours, MiB | of plain, MiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for transport in [Transport::Tcp, Transport::Quic] {
        for load in &loads {
            let name = format!("{}: {}", transport.name(), load.name);
            if !name.contains(words) {
                continue;
            }
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            let mut peaks = [0u64; 2];
            for _ in 0..PAIRS {
                reset_peak();
                ours.push(runtime.block_on(run_ours(transport, load, schedule, era))?);
                peaks[0] = peaks[0].max(peak());
                reset_peak();
                theirs.push(runtime.block_on(run_plain(transport, load))?);
                peaks[1] = peaks[1].max(peak());
            }
            let megabytes = load.megabytes();
            let [ours, theirs] = [ours, theirs].map(|times| megabytes / median(times).as_secs_f64());
            let share = ours / theirs;
            let met = if share >= GOAL { "yes" } else { "NO" };
            let [peak, peak_plain] = peaks.map(|bytes| bytes >> 20);
            println!(
                "| {name} | {megabytes:.0} | {ours:.0} | {theirs:.0} | {share:.2} | ≥ {GOAL:.2} | {met} | {peak} | {peak_plain} |"
            );
        }
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Lets the kernel forget the most memory that this process has had.
fn reset_peak() {
    if let Err(error) = std::fs::write("/proc/self/clear_refs", "5") {
        eprintln!("SKIPPED: the peak of memory is that of the whole run: {error}");
    }
}

/// The most memory that this process has had, in bytes; 0 where it is not known.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
}

async fn run_ours(
    transport: Transport,
    load: &Load,
    schedule: &Arc<ForkSchedule>,
    era: ForkEntry,
) -> Result<Duration, Error> {
    let limits = Limits { quotas: Quotas::unlimited(), budget: None, ..Limits::default() };
    let config = Config { limits, pacing: Pacing::off(), ..Config::default() };
    let behaviour = || Behaviour::new(config.clone(), Arc::clone(schedule));
    let (mut client, server) = pair(behaviour(), behaviour(), transport).await?;
    let peer = *server.local_peer_id();
    let chunk = Response::Chunk { context: Some(era.digest), ssz: load.ssz.clone() };
    let server = tokio::spawn(serve(server, chunk, load.chunks));
    let began = Instant::now();
    for request in &load.requests {
        client.behaviour_mut().send_request(peer, request.clone());
    }
    let (mut left, mut received) = (load.requests.len(), 0);
    while left > 0 {
        match client.select_next_some().await {
            SwarmEvent::Behaviour(Event::Chunk { chunk, .. }) if chunk.ssz.len() == load.ssz.len() => received += 1,
            SwarmEvent::Behaviour(Event::Done { .. }) => left -= 1,
            SwarmEvent::Behaviour(Event::Failed { error, .. }) => return Err(error.into()),
            _ => {}
        }
    }
    let took = began.elapsed();
    server.abort();
    let all = load.chunks * u64::try_from(load.requests.len()).unwrap_or(u64::MAX);
    if received == all { Ok(took) } else { Err(Error::Gone) }
}

/// Answers every request with as many chunks, as fast as they are taken.
async fn serve(mut server: Swarm<Behaviour>, chunk: Response, chunks: u64) -> Result<(), Error> {
    let mut open: HashMap<InboundId, u64> = HashMap::new();
    loop {
        let id = match server.select_next_some().await {
            SwarmEvent::Behaviour(Event::Request { id, .. }) => {
                open.insert(id, chunks);
                id
            }
            SwarmEvent::Behaviour(Event::Drained { id, .. }) => id,
            SwarmEvent::Behaviour(Event::Responded { id, .. }) => {
                open.remove(&id);
                continue;
            }
            _ => continue,
        };
        let Some(left) = open.get_mut(&id) else { continue };
        while *left > 0 {
            match server.behaviour_mut().respond(id, chunk.clone()) {
                Ok(()) => *left -= 1,
                Err(RespondError::Full) => break,
                Err(error) => return Err(error.into()),
            }
        }
        if *left == 0 {
            match server.behaviour_mut().finish(id) {
                Ok(()) | Err(RespondError::Ended) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The client opens as many streams, writes a byte, and reads to the end; the server writes the same chunks, ready-made.
async fn run_plain(transport: Transport, load: &Load) -> Result<Duration, Error> {
    let (client, mut server) = pair(Plain::default(), Plain::default(), transport).await?;
    let peer = *server.local_peer_id();
    let (wire, chunks) = (load.wire.clone(), load.chunks);
    let server = tokio::spawn(async move {
        loop {
            if let SwarmEvent::Behaviour(stream) = server.select_next_some().await {
                tokio::spawn(write_plain(stream, wire.clone(), chunks));
            }
        }
    });
    let began = Instant::now();
    let received = read_plain(client, peer, load.requests.len()).await?;
    let took = began.elapsed();
    server.abort();
    let all = load.wire.len() * load.requests.len() * usize::try_from(load.chunks).unwrap_or(usize::MAX);
    if received == all { Ok(took) } else { Err(Error::Gone) }
}

async fn write_plain(mut stream: libp2p::Stream, wire: Bytes, chunks: u64) -> Result<(), Error> {
    stream.read_exact(&mut [0]).await?;
    for _ in 0..chunks {
        stream.write_all(&wire).await?;
        stream.flush().await?;
    }
    stream.close().await?;
    Ok(())
}

/// Reads from so many streams, a few at a time. Returns how many bytes there were.
async fn read_plain(mut client: Swarm<Plain>, peer: PeerId, streams: usize) -> Result<usize, Error> {
    let (mut open, mut waiting, mut received) = (tokio::task::JoinSet::new(), streams, 0);
    for _ in 0..CONCURRENT.min(streams) {
        client.behaviour_mut().open(peer);
        waiting -= 1;
    }
    let mut left = streams;
    while left > 0 {
        tokio::select! {
            event = client.select_next_some() => if let SwarmEvent::Behaviour(stream) = event {
                open.spawn(read_stream(stream));
            },
            Some(ended) = open.join_next() => {
                received += ended.map_err(|_| Error::Gone)??;
                left -= 1;
                if waiting > 0 {
                    waiting -= 1;
                    client.behaviour_mut().open(peer);
                }
            }
        }
    }
    Ok(received)
}

async fn read_stream(mut stream: libp2p::Stream) -> Result<usize, Error> {
    stream.write_all(&[1]).await?;
    stream.flush().await?;
    let (mut buffer, mut received) = (vec![0; 64 * 1024], 0);
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(received),
            n => received += n,
        }
    }
}
