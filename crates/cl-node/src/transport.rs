//! TCP with noise and yamux or mplex; QUIC.

mod mplex;

use std::io;
use std::time::Duration;

use futures::future::Either;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, OrTransport};
use libp2p::core::upgrade::{SelectUpgrade, Version};
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, noise, quic, tcp, yamux};
use libp2p_mplex::{Config as MplexConfig, MaxBufferBehaviour};

use self::mplex::Emptying;
use crate::traffic::{Counted, Meter};

/// How long a connection may take from the first packet to the agreed muxer.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
/// Frames that mplex keeps for a stream that nobody reads. It has no flow control: when the buffer is full, the whole
/// connection waits, and with the library's 32 one slow response stalls gossip. Our handlers read at once; the larger
/// buffer covers a burst of column sidecars. Costs at most this many frames of 1 MiB, in practice of 16 KiB.
const MPLEX_BUFFER_FRAMES: usize = 256;
/// Streams that a peer may have open over mplex.
const MPLEX_MAX_STREAMS: usize = 256;

type Muxed = Boxed<(PeerId, StreamMuxerBox)>;

/// Every transport a node speaks, counted by the meter. Which of them listen is up to the caller.
pub(crate) fn build(keypair: &Keypair, mplex: bool, meter: Meter) -> Result<Muxed, noise::Error> {
    let quic = quic::tokio::Transport::new(quic::Config::new(keypair))
        .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)));
    let tcp = tcp(keypair, mplex)?;
    let either = OrTransport::new(quic, tcp).map(move |either, _| {
        let (peer, muxer) = either.into_inner();
        (peer, StreamMuxerBox::new(Counted::new(muxer, meter.clone())))
    });
    Ok(either.boxed())
}

fn tcp(keypair: &Keypair, mplex: bool) -> Result<Muxed, noise::Error> {
    let secured = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?);
    let yamux = yamux::Config::default();
    Ok(if mplex {
        // Yamux stands first: where both sides have both, it must win.
        let either = secured.multiplex(SelectUpgrade::new(yamux, mplex_config())).timeout(UPGRADE_TIMEOUT);
        either
            .map(|(peer, muxer), _| {
                let muxer = match muxer {
                    Either::Left(yamux) => StreamMuxerBox::new(yamux),
                    Either::Right(mplex) => StreamMuxerBox::new(Emptying::new(mplex, MPLEX_BUFFER_FRAMES)),
                };
                (peer, muxer)
            })
            .boxed()
    } else {
        secured.multiplex(yamux).timeout(UPGRADE_TIMEOUT).map(boxed_muxer).boxed()
    })
}

fn boxed_muxer<M>((peer, muxer): (PeerId, M), _: libp2p::core::ConnectedPoint) -> (PeerId, StreamMuxerBox)
where
    M: libp2p::core::StreamMuxer + Send + 'static,
    M::Substream: Send + 'static,
    M::Error: Send + Sync + 'static,
    io::Error: Send,
{
    (peer, StreamMuxerBox::new(muxer))
}

fn mplex_config() -> MplexConfig {
    let mut config = MplexConfig::new();
    config
        .set_max_num_streams(MPLEX_MAX_STREAMS)
        .set_max_buffer_size(MPLEX_BUFFER_FRAMES)
        .set_max_buffer_behaviour(MaxBufferBehaviour::Block);
    config
}
