//! Our gossip, as the node has it.

use std::sync::Arc;

use cl_gossip::{Behaviour, Config, Event, Verdict};

use super::{Kind, Node, Plan, Seen};
use crate::gossip::Error;

pub(super) struct Ours;

impl Node for Ours {
    type Behaviour = Behaviour;

    fn new(_: Kind, plan: &Plan) -> Result<Behaviour, Error> {
        let mut gossip = Behaviour::new(Config::default(), Arc::clone(&plan.schedule))?;
        for topic in &plan.topics {
            gossip.join(*topic).map_err(|_| Error::Schedule)?;
        }
        Ok(gossip)
    }

    fn on_event(gossip: &mut Behaviour, event: Event, seen: &Arc<Seen>) {
        match event {
            Event::Message(message) => {
                let in_time = gossip.report(&message.id, &message.source, Verdict::Accept).is_ok();
                seen.verdict(&message.ssz, in_time);
            }
            Event::SlowPeer { control, messages, .. } => seen.dropped(control + messages),
            Event::Invalid { error, .. } => eprintln!("a message is invalid: {error}"),
            _ => {}
        }
    }
}
