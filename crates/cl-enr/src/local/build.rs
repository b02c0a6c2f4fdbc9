//! From what we say of ourselves to a signed record, within its size.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Addresses, Advertised, LocalError};
use crate::{Builder, Client, Fork, Key, Record, fields};

/// How much of the software's name had room in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientShown {
    /// Nothing: there was no room, or there is no name.
    Nothing,
    /// Name and version; its build had to give way.
    NameAndVersion,
    /// All that was set.
    All,
}

/// What the record says.
pub(super) struct Contents<'a> {
    pub(super) addresses: &'a Addresses,
    pub(super) fork: &'a Fork,
    pub(super) advertised: &'a Advertised,
    pub(super) client: Option<&'a Client>,
}

/// Makes a record and leaves out of `client` what has no room.
pub(super) fn build(key: &Key, seq: u64, contents: &Contents<'_>) -> Result<(Record, ClientShown), LocalError> {
    if let Some(client) = contents.client {
        let short = Client { build: None, ..client.clone() };
        for (client, shown) in [(client, ClientShown::All), (&short, ClientShown::NameAndVersion)] {
            let with_room = Contents { addresses: &filled(contents.addresses), ..*contents };
            // What is tried here is thrown away: it only tells whether all fits.
            if sign(key, u64::MAX, &with_room, Some(client)).is_ok() {
                return Ok((sign(key, seq, contents, Some(client))?, shown));
            }
        }
    }
    Ok((sign(key, seq, contents, None)?, ClientShown::Nothing))
}

/// The addresses with those filled in that discovery may learn later.
fn filled(addresses: &Addresses) -> Addresses {
    let mut all = *addresses;
    all.ip4.get_or_insert(Ipv4Addr::BROADCAST);
    all.ports4.udp.get_or_insert(u16::MAX);
    all.ip6.get_or_insert(Ipv6Addr::LOCALHOST);
    all.ports6.udp.get_or_insert(u16::MAX);
    all
}

fn sign(key: &Key, seq: u64, contents: &Contents<'_>, client: Option<&Client>) -> Result<Record, LocalError> {
    let Contents { addresses, fork, advertised, .. } = contents;
    let mut builder: Builder = Record::builder();
    builder.seq(seq);
    addresses.add_to(&mut builder);
    fields::add_eth2(&mut builder, &fork.id);
    fields::add_attnets(&mut builder, &advertised.attnets);
    fields::add_syncnets(&mut builder, &advertised.syncnets);
    if fork.has_fulu {
        fields::add_custody_group_count(&mut builder, advertised.custody_group_count);
        fields::add_next_fork_digest(&mut builder, fork.next_digest);
    }
    if let Some(client) = client {
        fields::add_client(&mut builder, client);
    }
    // The library estimates the size: it refuses records of 296 bytes and more, none that is smaller.
    Ok(builder.build(&key.to_combined())?)
}
