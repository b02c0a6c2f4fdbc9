//! What an operator may say about peers while the node runs.

use std::time::Duration;

use cl_peers::{Explanation, Range};
use libp2p::PeerId;
use tokio::sync::oneshot;

use crate::error::{ControlError, Stopped};
use crate::handle::{Command, NodeHandle};
use crate::peer_ref::PeerRef;

/// A change to the peer table. See the method of [`NodeHandle`] with the same name.
#[derive(Debug)]
pub(crate) enum Control {
    Add(PeerRef),
    Remove(PeerId),
    Trust(PeerRef),
    Untrust(PeerId),
    AddStatic(PeerRef),
    RemoveStatic(PeerId),
    Ban(PeerId, Option<Duration>),
    Unban(PeerId),
    BanRange(Range, Option<Duration>),
    UnbanRange(Range),
}

impl NodeHandle {
    /// Suggests a peer: it is known from now on, and dialled at once if there is room.
    pub async fn add(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        let peer = peer.into();
        peer.peer()?;
        self.control(Control::Add(peer)).await.map(drop)
    }

    /// Forgets a peer, static, trusted or banned as it may be; says goodbye first if it is connected.
    pub async fn remove(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        self.control(Control::Remove(peer.into().peer()?)).await.map(drop)
    }

    /// From now on no score, no limit and no banned range parts us from the peer. Where it is, if that is said, is remembered.
    pub async fn trust(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        let peer = peer.into();
        peer.peer()?;
        self.control(Control::Trust(peer)).await.map(drop)
    }

    /// Takes [`Self::trust`] back.
    pub async fn untrust(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        self.control(Control::Untrust(peer.into().peer()?)).await.map(drop)
    }

    /// Stays connected to a peer, redialling it whenever it is lost. It must be said, or known, where it is.
    pub async fn add_static(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        let peer = peer.into();
        peer.peer()?;
        self.control(Control::AddStatic(peer)).await.map(drop)
    }

    /// Takes [`Self::add_static`] back. The peer stays connected as others do.
    pub async fn remove_static(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        self.control(Control::RemoveStatic(peer.into().peer()?)).await.map(drop)
    }

    /// Refuses a peer for so long, at most a year (`None`: a year), and leaves it.
    pub async fn ban(&self, peer: impl Into<PeerRef>, time: Option<Duration>) -> Result<(), ControlError> {
        self.control(Control::Ban(peer.into().peer()?, time)).await.map(drop)
    }

    /// Lifts the ban of a peer, whoever gave it.
    pub async fn unban(&self, peer: impl Into<PeerRef>) -> Result<(), ControlError> {
        self.control(Control::Unban(peer.into().peer()?)).await.map(drop)
    }

    /// Refuses everybody with an address in the range for so long, at most a year (`None`: a year), and leaves those who are
    /// connected; static and trusted peers excepted. False if there are too many banned ranges already.
    pub async fn ban_range(&self, range: Range, time: Option<Duration>) -> Result<bool, ControlError> {
        self.control(Control::BanRange(range, time)).await
    }

    /// Lifts the ban of exactly this range. False if there is none.
    pub async fn unban_range(&self, range: Range) -> Result<bool, ControlError> {
        self.control(Control::UnbanRange(range)).await
    }

    /// Why a peer is where it is, also when it is gone: how it became known, why it was dialled, kept, scored and dropped.
    /// `None` if it was never known, or is forgotten. For people by `Display`, for programs by `serde`.
    pub async fn explain(&self, peer: impl Into<PeerRef>) -> Result<Option<Explanation>, ControlError> {
        let peer = peer.into().peer()?;
        let (reply, answer) = oneshot::channel();
        self.command(Command::Explain(peer, reply)).await?;
        Ok(answer.await.map_err(|_| Stopped)?.map(|explanation| *explanation))
    }

    async fn control(&self, control: Control) -> Result<bool, ControlError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Control(control, reply)).await?;
        Ok(answer.await.map_err(|_| Stopped)?)
    }
}
