//! A swarm in a task of its own, so that a test reads as a conversation. Everything has a deadline.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use cl_rpc::{Behaviour, Chunk, Config, Event, InboundError, InboundId, InboundRequest, Limits, Pacing};
use cl_rpc::{Request, RequestError, RequestId, RespondError, Response};
use cl_types::ForkDigest;
use futures::StreamExt;
use libp2p_identity::PeerId;
use libp2p_swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p_swarm_test::SwarmExt;
use tokio::sync::{mpsc, oneshot};

use crate::test_chain::test_chain;

type Call<B> = Box<dyn FnOnce(&mut Swarm<B>) + Send>;

/// A running swarm.
pub(crate) struct Node<B: NetworkBehaviour> {
    pub(crate) peer: PeerId,
    calls: mpsc::Sender<Call<B>>,
    events: mpsc::Receiver<B::ToSwarm>,
}

pub(crate) async fn deadline<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("deadline")
}

/// A swarm that asks at once, whatever peers are known to allow.
pub(crate) fn swarm(config: Config) -> Swarm<Behaviour> {
    paced(Config { pacing: Pacing::off(), ..config })
}

/// A swarm that asks as its configuration says.
pub(crate) fn paced(config: Config) -> Swarm<Behaviour> {
    Swarm::new_ephemeral_tokio(|_| Behaviour::new(config, test_chain()))
}

/// Takes all chunks that a test hands over at once.
pub(crate) fn hasty() -> Config {
    Config { limits: Limits { queued_bytes: usize::MAX, ..Limits::default() }, ..Config::default() }
}

/// Connects two swarms and lets them run.
pub(crate) async fn connect<A, B>(mut a: Swarm<A>, mut b: Swarm<B>) -> (Node<A>, Node<B>)
where
    A: NetworkBehaviour<ToSwarm: Debug + Send> + Send,
    B: NetworkBehaviour<ToSwarm: Debug + Send> + Send,
{
    b.listen_on("/memory/0".parse().unwrap()).unwrap();
    let address = b
        .wait(|event| match event {
            SwarmEvent::NewListenAddr { address, .. } => Some(address),
            _ => None,
        })
        .await;
    b.add_external_address(address);
    a.connect(&mut b).await;
    (Node::run(a), Node::run(b))
}

/// Two nodes with default configurations.
pub(crate) async fn pair() -> (Node<Behaviour>, Node<Behaviour>) {
    connect(swarm(Config::default()), swarm(Config::default())).await
}

impl<B: NetworkBehaviour<ToSwarm: Debug + Send> + Send> Node<B> {
    fn run(mut swarm: Swarm<B>) -> Self {
        let peer = *swarm.local_peer_id();
        let (calls, mut called) = mpsc::channel::<Call<B>>(16);
        let (tell, events) = mpsc::channel(4096);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    call = called.recv() => match call {
                        Some(call) => call(&mut swarm),
                        None => break,
                    },
                    event = swarm.select_next_some() => {
                        if let SwarmEvent::Behaviour(event) = event {
                            tell.try_send(event).expect("nobody listens to this node");
                        }
                    }
                }
            }
        });
        Self { peer, calls, events }
    }

    /// Runs something in the swarm's task.
    pub(crate) async fn call<R: Send + 'static>(&self, f: impl FnOnce(&mut Swarm<B>) -> R + Send + 'static) -> R {
        let (reply, result) = oneshot::channel();
        let call: Call<B> = Box::new(|swarm| reply.send(f(swarm)).unwrap_or_else(|_| panic!("caller is gone")));
        assert!(self.calls.send(call).await.is_ok());
        deadline(result).await.unwrap()
    }

    pub(crate) async fn next(&mut self) -> B::ToSwarm {
        deadline(self.events.recv()).await.unwrap()
    }

    pub(crate) async fn disconnect(&self, peer: PeerId) {
        self.call(move |swarm| swarm.disconnect_peer_id(peer)).await.unwrap();
    }

    /// Asserts that there is no event that has not been looked at, even after some time.
    pub(crate) async fn is_silent_for(&mut self, time: Duration) {
        if let Ok(event) = tokio::time::timeout(time, self.events.recv()).await {
            panic!("unexpected {event:?}");
        }
    }
}

impl Node<Behaviour> {
    pub(crate) async fn send(&self, to: PeerId, request: Request) -> RequestId {
        self.call(move |swarm| swarm.behaviour_mut().send_request(to, request)).await
    }

    pub(crate) async fn respond(&self, id: InboundId, response: Response) -> Result<(), RespondError> {
        self.call(move |swarm| swarm.behaviour_mut().respond(id, response)).await
    }

    pub(crate) async fn finish(&self, id: InboundId) -> Result<(), RespondError> {
        self.call(move |swarm| swarm.behaviour_mut().finish(id)).await
    }

    /// The next event must be a request.
    pub(crate) async fn asked(&mut self) -> (InboundId, InboundRequest) {
        match self.next().await {
            Event::Request { id, request, .. } => (id, request),
            other => panic!("{other:?}"),
        }
    }

    /// The next event must be a chunk for a request.
    pub(crate) async fn chunk(&mut self, expected: RequestId) -> Chunk {
        match self.next().await {
            Event::Chunk { id, chunk, .. } if id == expected => chunk,
            other => panic!("{other:?}"),
        }
    }

    /// The next event must be the good end of a request.
    pub(crate) async fn done(&mut self, expected: RequestId) {
        match self.next().await {
            Event::Done { id, .. } if id == expected => {}
            other => panic!("{other:?}"),
        }
    }

    /// The next event must be the bad end of a request.
    pub(crate) async fn failed(&mut self, expected: RequestId) -> RequestError {
        match self.next().await {
            Event::Failed { id, error, .. } if id == expected => error,
            other => panic!("{other:?}"),
        }
    }

    /// The next event must be the good end of a response.
    pub(crate) async fn responded(&mut self, expected: InboundId) {
        match self.next().await {
            Event::Responded { id, .. } if id == expected => {}
            other => panic!("{other:?}"),
        }
    }

    /// The next event must be the bad end of a response.
    pub(crate) async fn inbound_failed(&mut self) -> (Option<InboundId>, InboundError) {
        match self.next().await {
            Event::InboundFailed { id, error, .. } => (id, error),
            other => panic!("{other:?}"),
        }
    }
}

/// A chunk without context.
pub(crate) fn plain(ssz: impl Into<Bytes>) -> Response {
    Response::Chunk { context: None, ssz: ssz.into() }
}

/// Something of the size of a block, as a chunk of the newest fork.
pub(crate) fn block(fill: u8, size: usize) -> Response {
    Response::Chunk { context: Some(newest()), ssz: vec![fill; size].into() }
}

/// The digest of the newest era.
pub(crate) fn newest() -> ForkDigest {
    test_chain().entries().last().unwrap().digest
}

/// Bytes that do not compress.
pub(crate) fn noise(size: u64) -> Bytes {
    (0..size).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 ^ (i >> 3) as u8).collect()
}
