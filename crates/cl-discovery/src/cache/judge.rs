//! Verdicts when our place on the chain changes.

use std::collections::HashMap;

use cl_enr::Compatibility;

use super::Cache;
use super::entry::{Entry, Fork};
use crate::chain::Chain;

impl Cache {
    /// Our place changed: judges all records again and reports each whose verdict changed.
    pub fn set_chain(&mut self, chain: Chain) {
        if chain == self.chain {
            return;
        }
        self.chain = chain;
        // A verdict follows from few entries, which most records share: one of each kind is taken apart.
        let mut verdicts: HashMap<Fork, Compatibility> = HashMap::new();
        let mut changed = Vec::new();
        for (id, entry) in &self.entries {
            let verdict = match verdicts.get(&entry.fork) {
                Some(verdict) => *verdict,
                None => {
                    let Some(record) = entry.record() else { continue };
                    let verdict = chain.verdict(&record);
                    verdicts.insert(entry.fork, verdict);
                    verdict
                }
            };
            if verdict != entry.verdict {
                changed.push((*id, verdict));
            }
        }
        for (id, verdict) in changed {
            if let Some(entry) = self.remove(&id) {
                self.place(id, Entry { verdict, ..entry });
                self.report(id);
            }
        }
    }
}
