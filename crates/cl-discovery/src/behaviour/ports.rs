//! Ports that a gateway maps for us.

use std::task::{Context, Poll};

use super::Behaviour;
use crate::directory::Directory;
use crate::event::Event;
use crate::portmap::{Mapper, Notice, Service};

impl<D: Directory> Behaviour<D> {
    /// Takes in what a gateway says of our ports, from now on: reported, and proposed for our record. Replaces a mapper that was
    /// taken in before, and ends it.
    pub fn map_ports(&mut self, mapper: Mapper) {
        self.mapper = Some(mapper);
        self.wake();
    }

    /// Maps no ports any more. [`Mapper::close`] takes back the mappings of the mapper that is handed out; dropping it leaves
    /// them to their leases.
    pub fn unmap_ports(&mut self) -> Option<Mapper> {
        self.mapped = None;
        self.mapper.take()
    }

    pub(super) fn poll_ports(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        match &mut self.mapper {
            Some(mapper) => mapper.poll(cx).map(|notice| self.on_notice(notice)),
            None => Poll::Pending,
        }
    }

    fn on_notice(&mut self, notice: Notice) -> Event {
        match notice {
            Notice::Mapped(mapping) => {
                if mapping.service == Service::Discovery {
                    self.mapped = Some(mapping.external);
                }
                self.directory.propose(mapping.service, mapping.external);
                Event::PortMapped(mapping)
            }
            Notice::Failed { service, reason } => Event::PortNotMapped { service, reason },
            Notice::Lost(mapping) => {
                self.mapped = self.mapped.filter(|at| *at != mapping.external);
                Event::PortLost(mapping)
            }
        }
    }
}
