//! Our record and metadata, and where they are kept.

use cl_enr::local::{Advertised, Changed, Fork, Local};
use cl_enr::store::Store;
use cl_enr::{Key, Record};
use cl_types::containers::MetaDataV3;

use super::Service;
use crate::event::Event;

/// What we say of ourselves, and the files that make it survive a restart.
pub(crate) struct Identity {
    local: Local,
    store: Option<Store>,
}

impl Identity {
    pub(crate) const fn new(local: Local, store: Option<Store>) -> Self {
        Self { local, store }
    }

    pub(crate) const fn record(&self) -> &Record {
        self.local.record()
    }

    pub(crate) const fn metadata(&self) -> &MetaDataV3 {
        self.local.metadata()
    }

    /// The data directory, if there is one.
    pub(crate) const fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Writes record and counters. Called before a change is announced, so that no counter is ever announced twice.
    pub(crate) fn save(&self) -> Result<(), cl_enr::store::StoreError> {
        self.store.as_ref().map_or(Ok(()), |store| store.save(&self.local.to_save()))
    }

    pub(crate) fn save_or_warn(&self) {
        if let Err(error) = self.save() {
            tracing::warn!(%error, "record and counters not saved");
        }
    }
}

impl Service {
    /// Brings record and metadata up to the plan of this slot.
    pub(super) fn refresh_identity(&mut self) {
        let fork = Fork::at(&self.schedule, self.schedule.epoch_of(self.plan.slot));
        let advertised = advertised(&self.planner.advertised(self.plan.slot));
        let changes = [self.identity.local.set_fork(fork), self.identity.local.set_advertised(advertised)];
        let mut any = Changed::default();
        for change in changes {
            match change {
                Ok(Changed { record, metadata }) => {
                    any.record |= record;
                    any.metadata |= metadata;
                }
                Err(error) => tracing::warn!(%error, "record not updated"),
            }
        }
        let chain = cl_discovery::Chain::at(&self.schedule, &self.plan);
        if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
            discovery.set_chain(chain);
        }
        self.announce(any);
    }

    fn announce(&mut self, changed: Changed) {
        if !changed.record && !changed.metadata {
            return;
        }
        self.identity.save_or_warn();
        if let Some(discovery) = self.swarm.behaviour_mut().discovery.as_mut() {
            // Refused if discv5 changed its record in this moment: its event follows, and we adopt and serve again.
            if let Err(error) = discovery.update(self.identity.local.record()) {
                tracing::debug!(%error, "record not served yet");
            }
        }
        let record = self.identity.record();
        self.emit(Event::RecordChanged {
            enr: record.to_base64(),
            seq: record.seq(),
            metadata_seq: self.identity.metadata().seq_number,
        });
    }

    /// discv5 learned another address of ours from its peers' votes.
    pub(super) fn adopt_addresses(&mut self, record: &Record) {
        match self.identity.local.adopt(record) {
            Ok(changed) => self.announce(changed),
            Err(error) => tracing::warn!(%error, "record not updated"),
        }
    }
}

/// The planner's words in those of the record.
pub(crate) fn advertised(planned: &cl_gossip::Advertised) -> Advertised {
    Advertised {
        attnets: planned.attnets.clone(),
        syncnets: planned.syncnets.clone(),
        custody_group_count: planned.cgc,
    }
}

/// The key of a node: from its data directory, as configured, or a new one.
pub(crate) fn key(configured: Option<&Key>, store: Option<&Store>) -> Result<Key, cl_enr::store::StoreError> {
    match (store, configured) {
        (Some(store), _) => store.key(),
        (None, Some(key)) => Ok(key.clone()),
        (None, None) => Ok(Key::generate()),
    }
}
