//! Who is connected, set aside, banned, too old.

use std::time::{Duration, Instant};

use cl_enr::NodeId;

use super::Cache;
use super::entry::Contact;

/// A node that could not be dialled is set aside for at most so long.
const MAX_ASIDE: Duration = Duration::from_secs(60 * 60);
/// Records looked at for age at most so often.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

impl Cache {
    /// The node answered: it is there, and outlives those that never did.
    pub fn proven(&mut self, id: &NodeId, now: Instant) {
        self.change(id, |entry| {
            entry.proven = Some(now);
            entry.heard = now;
        });
    }

    /// We are connected to it: it does not count for wants, also if its record comes later.
    pub fn connected(&mut self, id: &NodeId, now: Instant) {
        self.connected.insert(id.raw());
        self.change(id, |entry| {
            entry.contact = Contact::Connected;
            entry.failed_dials = 0;
            entry.proven = Some(now);
            entry.heard = now;
        });
    }

    /// We are no longer connected to it.
    pub fn disconnected(&mut self, id: &NodeId) {
        self.connected.remove(&id.raw());
        self.change(id, |entry| {
            if entry.contact == Contact::Connected {
                entry.contact = Contact::None;
            }
        });
    }

    /// It could not be dialled: it does not count for wants for a while, longer each time.
    pub fn dial_failed(&mut self, id: &NodeId, now: Instant) {
        let pause = self.config.redial_after;
        self.change(id, |entry| {
            if entry.contact != Contact::Connected {
                let pause = pause.saturating_mul(1 << entry.failed_dials.min(8)).min(MAX_ASIDE);
                entry.failed_dials = entry.failed_dials.saturating_add(1);
                entry.contact = Contact::Aside(now + pause);
            }
        });
    }

    /// It does not count for wants until then: whoever decides whom to dial does not want it now. Ends when we are connected
    /// to it.
    pub fn set_aside(&mut self, id: &NodeId, until: Instant) {
        self.change(id, |entry| {
            if entry.contact != Contact::Connected {
                entry.contact = Contact::Aside(until);
            }
        });
    }

    /// Drops its record and takes no other one in until then. Nobody else in this process is affected.
    pub fn ban(&mut self, id: &NodeId, until: Instant) {
        let id = id.raw();
        self.forget(&id);
        self.bans.insert(id, until);
        if self.bans.len() > self.config.max_bans
            && let Some((first, _)) = self.bans.iter().map(|(id, until)| (*id, *until)).min_by_key(|(_, until)| *until)
        {
            self.bans.remove(&first);
        }
    }

    /// Takes a ban back. False if there was none.
    pub fn unban(&mut self, id: &NodeId) -> bool {
        self.bans.remove(&id.raw()).is_some()
    }

    /// Whether it is banned.
    #[must_use]
    pub fn is_banned(&self, id: &NodeId, now: Instant) -> bool {
        self.bans.get(&id.raw()).is_some_and(|until| *until > now)
    }

    /// Lets those who were set aside count again when it is time, drops what is too old, ends bans. Says when somebody's time
    /// comes next.
    pub fn tick(&mut self, now: Instant) -> Option<Instant> {
        while let Some((until, id)) = self.aside.first().copied()
            && until <= now
        {
            self.aside.pop_first();
            self.change(&NodeId::new(&id), |entry| {
                if entry.contact == Contact::Aside(until) {
                    entry.contact = Contact::None;
                }
            });
        }
        if self.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP_EVERY) {
            self.swept = Some(now);
            self.bans.retain(|_, until| *until > now);
            let max_age = self.config.max_age;
            let is_old = |entry: &super::Entry| {
                entry.contact != Contact::Connected && !entry.is_boot && entry.expires(max_age) <= now
            };
            let old: Vec<_> = self.entries.iter().filter(|(_, entry)| is_old(entry)).map(|(id, _)| *id).collect();
            for id in old {
                self.forget(&id);
            }
        }
        self.aside.first().map(|(until, _)| *until)
    }

    pub(super) fn change(&mut self, id: &NodeId, change: impl FnOnce(&mut super::Entry)) {
        let id = id.raw();
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let (before, key) = (entry.contact, (entry.is_kept(), entry.serial));
        change(entry);
        let (after, is_kept, verdict, serial) = (entry.contact, entry.is_kept(), entry.verdict, entry.serial);
        let is_usable = entry.is_usable();
        if is_usable != entry.counted {
            entry.counted = is_usable;
            if is_usable {
                self.coverage.add(&entry.services);
            } else {
                self.coverage.remove(&entry.services);
            }
        }
        if before != after {
            if let Contact::Aside(until) = before {
                self.aside.remove(&(until, id));
            }
            if let Contact::Aside(until) = after {
                self.aside.insert((until, id));
            }
        }
        if key != (is_kept, serial) {
            let order = self.order(&verdict).0;
            order.remove(&key);
            order.insert((is_kept, serial), id);
        }
    }
}
