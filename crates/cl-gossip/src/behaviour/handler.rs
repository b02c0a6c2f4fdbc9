//! What stands on each connection: the router's own handler, behind the gate.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p_gossipsub as gossipsub;
use libp2p_swarm::handler::ConnectionEvent;
use libp2p_swarm::{ConnectionHandler, ConnectionHandlerEvent, SubstreamProtocol, THandler};

use crate::gate::{Gate, Keys};

/// The router's; it depends on neither filter nor transform.
type Router = THandler<gossipsub::Behaviour>;
pub(super) type FromRouter = <Router as ConnectionHandler>::ToBehaviour;

/// Frames without news that are read in one turn, so that a peer that sends nothing else leaves time for what we send.
const MOST_FRAMES: usize = 32;

/// The router's handler. Of what comes, it hands on what the gate lets through.
pub struct Handler {
    router: Router,
    gate: Arc<Gate>,
}

/// Something that happened on a connection, for the router.
pub struct Heard {
    pub(super) event: FromRouter,
    /// Of its messages.
    pub(super) keys: Keys,
}

impl Handler {
    pub(super) const fn new(router: Router, gate: Arc<Gate>) -> Self {
        Self { router, gate }
    }

    /// What is left of an event, or `None`.
    fn sift(&self, mut event: FromRouter) -> Option<Heard> {
        let mut keys = Keys::default();
        if let FromRouter::Message { rpc, invalid_messages } = &mut event
            && !rpc.messages.is_empty()
        {
            keys = self.gate.sift(&mut rpc.messages);
            let has_control = || !rpc.control_msgs.iter().all(says_nothing);
            if rpc.messages.is_empty() && rpc.subscriptions.is_empty() && invalid_messages.is_empty() && !has_control()
            {
                return None;
            }
        }
        Some(Heard { event, keys })
    }
}

/// True for what the router's codec puts at the end of each frame that tells no extensions. Its type has no public name, but it can
/// be printed. Should that ever be worded otherwise, frames without news are handed on: slower, and not wrong.
fn says_nothing(control: &impl fmt::Debug) -> bool {
    struct Expected(&'static str);

    impl fmt::Write for Expected {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut expected = Expected("Extensions(None)");
    fmt::write(&mut expected, format_args!("{control:?}")).is_ok() && expected.0.is_empty()
}

impl ConnectionHandler for Handler {
    type FromBehaviour = <Router as ConnectionHandler>::FromBehaviour;
    type ToBehaviour = Heard;
    type InboundProtocol = <Router as ConnectionHandler>::InboundProtocol;
    type OutboundProtocol = <Router as ConnectionHandler>::OutboundProtocol;
    type InboundOpenInfo = <Router as ConnectionHandler>::InboundOpenInfo;
    type OutboundOpenInfo = <Router as ConnectionHandler>::OutboundOpenInfo;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol, Self::InboundOpenInfo> {
        self.router.listen_protocol()
    }

    fn connection_keep_alive(&self) -> bool {
        self.router.connection_keep_alive()
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Self::OutboundOpenInfo, Self::ToBehaviour>> {
        use ConnectionHandlerEvent as Said;
        for _ in 0..MOST_FRAMES {
            let said = match self.router.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Said::NotifyBehaviour(event)) => match self.sift(event) {
                    Some(heard) => Said::NotifyBehaviour(heard),
                    None => continue,
                },
                Poll::Ready(Said::OutboundSubstreamRequest { protocol }) => Said::OutboundSubstreamRequest { protocol },
                Poll::Ready(Said::ReportRemoteProtocols(protocols)) => Said::ReportRemoteProtocols(protocols),
                // This handler says nothing else.
                Poll::Ready(_) => continue,
            };
            return Poll::Ready(said);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::ToBehaviour>> {
        self.router.poll_close(cx).map(|event| event.map(|event| Heard { event, keys: Keys::default() }))
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        self.router.on_behaviour_event(event);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<
            '_,
            Self::InboundProtocol,
            Self::OutboundProtocol,
            Self::InboundOpenInfo,
            Self::OutboundOpenInfo,
        >,
    ) {
        self.router.on_connection_event(event);
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").finish_non_exhaustive()
    }
}

/// Without the keys: they tell something about the secret.
impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard").field("event", &self.event).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_thing_says_nothing() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "printed")]
        enum Control {
            Extensions(Option<u8>),
            Extension,
            Graft(u8),
        }
        assert!(says_nothing(&Control::Extensions(None)));
        for control in [Control::Extensions(Some(1)), Control::Extension, Control::Graft(1)] {
            assert!(!says_nothing(&control), "{control:?}");
        }
    }
}
