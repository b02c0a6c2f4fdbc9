//! The table to bytes and back.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cl_types::GoodbyeReason;
use libp2p_identity::PeerId;

use super::Manager;
use crate::action::Direction;
use crate::bans::RangeBan;
use crate::claims::RecordFacts;
use crate::client::{self, Client};
use crate::lifecycle::Cause;
use crate::peer::{Ban, Dated, Farewell, MAX_GOODBYES, Peer};
use crate::retry::Retry;
use crate::saved::{self, Clocks, Line, LoadError, Loaded, SavedBan, SavedGoodbye, SavedPeer, SavedRange, SavedRecord};
use crate::score::Part;
use crate::subnets::Subnets;
use crate::traffic::Rtt;

impl Manager {
    /// The table as bytes, for [`Self::load`] of a later run: who is known, what is known of them, bans, and who was made static
    /// or trusted other than by the configuration. `unix_ms` is the wall clock at `now`.
    #[must_use]
    pub fn save(&self, now: Instant, unix_ms: u64) -> Vec<u8> {
        let clocks = Clocks { now, unix_ms };
        let anchors = self.anchors();
        let ranges = self.bans.iter().filter(|ban| now < ban.until).map(|ban| {
            let until_ms = clocks.save(ban.until);
            Line::BannedRange(SavedRange { range: ban.range.to_string(), until_ms, why: ban.why })
        });
        let is_kept = |peer: &Peer| !peer.is_doomed;
        let peers = self.table.iter().filter(|(_, peer)| is_kept(peer)).map(|(id, peer)| {
            let saved = self.save_peer(id, peer, &clocks);
            Line::Peer(Box::new(SavedPeer { anchor: anchors.contains(id), ..saved }))
        });
        saved::write(unix_ms, ranges.chain(peers))
    }

    /// The ready peers that we dialled, longest connected first; while nobody is connected, those of the last restart.
    fn anchors(&self) -> BTreeSet<PeerId> {
        let outbound = |peer: &Peer| peer.session.as_ref().is_some_and(|s| s.direction == Direction::Dialer);
        let ready = self.table.sessions().filter(|(_, peer)| peer.is_ready() && outbound(peer));
        let mut ready: Vec<_> =
            ready.filter_map(|(id, peer)| Some((peer.session.as_ref()?.ready_since?, *id))).collect();
        if ready.is_empty() {
            return self.table.iter().filter(|(_, peer)| peer.is_anchor).map(|(id, _)| *id).collect();
        }
        ready.sort_unstable();
        ready.into_iter().take(self.config.anchors).map(|(_, id)| id).collect()
    }

    fn save_peer(&self, id: &PeerId, peer: &Peer, clocks: &Clocks) -> SavedPeer {
        let now = clocks.now;
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let parts = peer.score.parts(&self.config.score, now).filter(|(_, points)| *points < 0.0);
        SavedPeer {
            peer: id.to_string(),
            anchor: false,
            is_static: peer.is_static && !self.configured.statics.contains(id),
            is_trusted: peer.is_trusted && !self.configured.trusted.contains(id),
            addresses: peer.addresses.iter().map(|(address, told)| (address.to_string(), *told)).collect(),
            last_ip: peer.ip,
            record: peer.record.as_deref().map(|record| SavedRecord {
                text: record.text.clone(),
                seq: record.seq,
                node_id: hex::encode(record.node_id),
                attnets: record.subnets.attestation,
                syncnets: record.subnets.sync,
                cgc: record.custody_group_count,
            }),
            agent: peer.agent.clone(),
            status: peer.status.as_ref().map(|status| (clocks.save(status.at), (&status.value).into())),
            metadata: peer.metadata.as_ref().map(|metadata| (clocks.save(metadata.at), (&metadata.value).into())),
            first_seen_ms: clocks.save(peer.first_seen),
            last_seen_ms: if peer.session.is_some() { clocks.unix_ms } else { clocks.save(peer.last_seen) },
            ban: peer
                .ban
                .filter(|ban| now < ban.until)
                .map(|ban| SavedBan { until_ms: clocks.save(ban.until), why: ban.why }),
            score: parts.map(|(part, points)| (part.as_str().to_owned(), points)).collect(),
            failures: peer.retry.failures,
            not_before_ms: peer.retry.not_before().filter(|at| now < *at).map(|at| clocks.save(at)),
            rtt_us: peer.rtt.map(|rtt| (micros(rtt.last), micros(rtt.least), micros(rtt.average))),
            totals: peer.totals,
            traffic: peer.traffic,
            goodbyes: peer
                .goodbyes
                .iter()
                .map(|said| SavedGoodbye { at_ms: clocks.save(said.at), ours: said.ours, reason: said.reason.0 })
                .collect(),
        }
    }

    /// Takes over what an earlier run saved. Peers that are known already stay as they are. `unix_ms` is the wall clock at
    /// `now`. Nobody is dialled before the next tick.
    ///
    /// # Errors
    /// The bytes are not a saved table, or a newer one: nothing was taken over. Single lines that cannot be read are counted in
    /// [`Loaded`] and lose nothing but themselves.
    pub fn load(&mut self, bytes: &[u8], now: Instant, unix_ms: u64) -> Result<Loaded, LoadError> {
        let clocks = Clocks { now, unix_ms };
        let mut loaded = Loaded::default();
        let mut peers = Vec::new();
        let (saved_ms, lines) = saved::read(bytes)?;
        let saved_at = clocks.load(saved_ms).min(now);
        for (number, line) in lines {
            match line {
                Some(Line::BannedRange(range)) => match range.range.parse() {
                    Ok(parsed) => self.load_range(parsed, &range, &clocks, &mut loaded),
                    Err(_) => loaded.note_damage(number),
                },
                Some(Line::Peer(saved)) => match restore(*saved, saved_at, &clocks, &self.config) {
                    Some(peer) => peers.push(peer),
                    None => loaded.note_damage(number),
                },
                None => loaded.note_damage(number),
            }
        }
        // If they are too many, whom the operator named goes in in any case, then bans, then who was seen last.
        peers
            .sort_by_key(|(_, peer)| (!is_named(peer), !peer.is_banned(now), !peer.is_anchor, Reverse(peer.last_seen)));
        for (id, peer) in peers {
            self.load_peer(id, peer, now, &mut loaded);
        }
        Ok(loaded)
    }

    fn load_range(&mut self, range: crate::ranges::Range, saved: &SavedRange, clocks: &Clocks, loaded: &mut Loaded) {
        let until = clocks.load(saved.until_ms);
        if until <= clocks.now {
            return;
        }
        if self.bans.ban(RangeBan { range, until, why: saved.why }, clocks.now) {
            loaded.ranges += 1;
        } else {
            loaded.no_room += 1;
        }
    }

    fn load_peer(&mut self, id: PeerId, peer: Peer, now: Instant, loaded: &mut Loaded) {
        if id == self.config.local {
            return;
        }
        let is_new = self.table.get(&id).is_none();
        if is_new && self.table.len() >= self.config.max_known && !is_named(&peer) {
            loaded.no_room += 1;
            return;
        }
        let (is_anchor, ban) = (peer.is_anchor, peer.ban);
        loaded.named += usize::from(is_named(&peer));
        let entry = self.table.insert(id, Cause::Restored, now);
        if is_new {
            *entry = Peer { place: entry.place, ..peer };
            entry.promise(&id);
        } else {
            // The operator named it before the table was read: what was remembered of it still counts.
            let addresses = std::mem::take(&mut entry.addresses);
            let is_static = entry.is_static || peer.is_static;
            let is_trusted = entry.is_trusted || peer.is_trusted;
            if entry.session.is_some() || entry.dialing.is_some() {
                entry.ban = entry.ban.or(ban);
                entry.addresses = addresses;
                (entry.is_static, entry.is_trusted) = (is_static, is_trusted);
            } else {
                let (life, timer, place) = (entry.life.clone(), entry.timer, entry.place);
                *entry = Peer { is_static, is_trusted, addresses, life, timer, place, ..peer };
                entry.promise(&id);
            }
        }
        let is_banned = entry.is_banned(now);
        self.table.settle(&id, Cause::Restored, now);
        loaded.peers += 1;
        loaded.banned += usize::from(is_banned);
        loaded.anchors += usize::from(is_anchor);
    }
}

/// True if the operator made it what it is.
const fn is_named(peer: &Peer) -> bool {
    peer.is_static || peer.is_trusted
}

/// The peer that a line describes, written at `saved_at`. Lists that are longer than ours are cut.
fn restore(saved: SavedPeer, saved_at: Instant, clocks: &Clocks, config: &crate::Config) -> Option<(PeerId, Peer)> {
    let id: PeerId = saved.peer.parse().ok()?;
    let mut peer = Peer::new(Cause::Restored, clocks.now);
    for (address, told) in saved.addresses.iter().take(config.max_addresses) {
        peer.addresses.push((address.parse().ok()?, *told));
    }
    peer.set_ip(saved.last_ip, config);
    if let Some(record) = saved.record {
        let mut node_id = [0; 32];
        hex::decode_to_slice(&record.node_id, &mut node_id).ok()?;
        peer.node_id = Some(node_id);
        let subnets = Subnets { attestation: record.attnets, sync: record.syncnets & 0x0f, columns: 0 };
        let SavedRecord { text, seq, cgc: custody_group_count, .. } = record;
        peer.record = Some(Box::new(RecordFacts { seq, text, node_id, subnets, custody_group_count }));
    }
    peer.agent = saved.agent.as_deref().map(client::clean);
    peer.client = peer.agent.as_deref().map(Client::of).unwrap_or_default();
    if let Some((at_ms, words)) = &saved.status {
        peer.status = Some(Dated { value: words.try_into().ok()?, at: clocks.load(*at_ms) });
    }
    if let Some((at_ms, words)) = &saved.metadata {
        peer.metadata = Some(Dated { value: words.try_into().ok()?, at: clocks.load(*at_ms) });
    }
    peer.first_seen = clocks.load(saved.first_seen_ms).min(clocks.now);
    peer.last_seen = clocks.load(saved.last_seen_ms).min(clocks.now);
    peer.ban = saved.ban.map(|ban| Ban { until: clocks.load(ban.until_ms), why: ban.why });
    for (word, points) in &saved.score {
        if let Some(part) = Part::ALL.into_iter().find(|part| part.as_str() == word) {
            peer.score.restore(part, *points, saved_at);
        }
    }
    peer.retry = Retry::restore(saved.failures, saved.not_before_ms.map(|at| clocks.load(at)));
    peer.rtt = saved.rtt_us.map(|(last, least, average)| {
        let micros = Duration::from_micros;
        Rtt { last: micros(last), least: micros(least), average: micros(average) }
    });
    peer.is_anchor = saved.anchor;
    (peer.is_static, peer.is_trusted) = (saved.is_static, saved.is_trusted);
    peer.totals = saved.totals;
    peer.traffic = saved.traffic;
    let skip = saved.goodbyes.len().saturating_sub(MAX_GOODBYES);
    peer.goodbyes = saved
        .goodbyes
        .iter()
        .skip(skip)
        .map(|said| Farewell { at: clocks.load(said.at_ms), ours: said.ours, reason: GoodbyeReason(said.reason) })
        .collect();
    Some((id, peer))
}
