//! What stands behind the data between transform, id function and application.
//!
//! The router computes a message's id from what the transform hands out, and gives the application nothing but that. So
//! whatever they have to tell each other goes along as a trailer *behind* the data: a payload is decompressed into a buffer
//! with room for it, so adding it moves nothing, and taking it off is a truncation that keeps the buffer. It never goes on
//! the wire: the router keeps the raw message for forwarding.
//!
//! | data | trailer |
//! | --- | --- |
//! | SSZ, or raw data that does not decompress | key in the memo (16), when it came (8), number of its route (4), mark |
//! | the id of a message that came before | mark |
//! | SSZ to be published | mark |

use bytes::Bytes;

use crate::memo::Key;
use crate::message_id::{Body, Form, MessageId};

/// Bytes behind a message that came.
pub(crate) const ROOM: usize = 16 + 8 + 4 + 1;

/// A bit: the data does not decompress, or not to a size its topic allows.
const INVALID: u8 = 1;
/// A bit: the id does not cover the topic.
const BARE: u8 = 2;
const KNOWN: u8 = 4;
const PUBLISHED: u8 = 8;

/// How a message is told apart from its copies, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) key: Key,
    /// Nanoseconds since the behaviour began.
    pub(crate) at: u64,
    /// Of its topic's route.
    pub(crate) route: u32,
}

/// What the router knows of a message, without the trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marked<'a> {
    /// It came.
    Came(Form, Body<'a>),
    /// It came before, and has this id.
    Known(MessageId),
    /// It is ours.
    Published(&'a [u8]),
}

/// A message that came, its trailer taken off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Valid(Bytes, Stamp),
    Invalid(Vec<u8>, Stamp),
}

impl Came {
    /// What it came with.
    pub(crate) const fn stamp(&self) -> Stamp {
        let (Self::Valid(_, stamp) | Self::Invalid(_, stamp)) = self;
        *stamp
    }
}

/// Puts the trailer behind a message that came.
pub(crate) fn came(mut data: Vec<u8>, is_valid: bool, form: Form, stamp: Stamp) -> Vec<u8> {
    data.reserve_exact(ROOM);
    data.extend_from_slice(&stamp.key.0);
    data.extend_from_slice(&stamp.at.to_le_bytes());
    data.extend_from_slice(&stamp.route.to_le_bytes());
    data.push(if is_valid { 0 } else { INVALID } | if form == Form::Bare { BARE } else { 0 });
    data
}

/// Makes the stand-in of a message that came before, in the buffer of its copy.
pub(crate) fn known(mut buffer: Vec<u8>, id: MessageId) -> Vec<u8> {
    buffer.clear();
    buffer.extend_from_slice(&id.0);
    buffer.push(KNOWN);
    buffer
}

/// Marks SSZ as what it is, for the router's `publish`.
pub(crate) fn published(ssz: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(ssz.len().saturating_add(1));
    data.extend_from_slice(ssz);
    data.push(PUBLISHED);
    data
}

/// Reads the mark. `None` if there is none, which is nothing that the transform or `publish` made.
pub(crate) fn read(marked: &[u8]) -> Option<Marked<'_>> {
    let (&mark, rest) = marked.split_last()?;
    match mark {
        PUBLISHED => Some(Marked::Published(rest)),
        KNOWN => rest.try_into().ok().map(|id| Marked::Known(MessageId(id))),
        _ => {
            let data = rest.get(..marked.len().checked_sub(ROOM)?)?;
            let form = if mark & BARE == 0 { Form::WithTopic } else { Form::Bare };
            let body = if mark & INVALID == 0 { Body::Valid(data) } else { Body::Invalid(data) };
            Some(Marked::Came(form, body))
        }
    }
}

/// Takes the trailer of a message that came off; the buffer stays where it is. `None` for one that came before.
pub(crate) fn take(mut marked: Vec<u8>) -> Option<Came> {
    let Some(Marked::Came(_, body)) = read(&marked) else {
        return None;
    };
    let is_valid = matches!(body, Body::Valid(_));
    let (data, trailer) = marked.split_at_checked(marked.len().checked_sub(ROOM)?)?;
    let len = data.len();
    let (key, rest) = trailer.split_first_chunk()?;
    let (at, rest) = rest.split_first_chunk()?;
    let route = u32::from_le_bytes(*rest.first_chunk()?);
    let stamp = Stamp { key: Key(*key), at: u64::from_le_bytes(*at), route };
    marked.truncate(len);
    Some(if is_valid { Came::Valid(Bytes::from(marked), stamp) } else { Came::Invalid(marked, stamp) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { key: Key([3; 16]), at: u64::MAX - 1, route: 0x0102_0304 };

    #[test]
    fn what_is_marked_is_read_and_taken_off_again() {
        for len in [0, 1, 20, 28, 29, 30, 1000] {
            for form in [Form::Bare, Form::WithTopic] {
                // Data may end in whatever looks like a mark.
                for fill in [0, 1, 4, 8] {
                    let data = vec![fill; len];
                    let valid = came(data.clone(), true, form, STAMP);
                    assert_eq!(read(&valid), Some(Marked::Came(form, Body::Valid(&data))));
                    assert_eq!(take(valid), Some(Came::Valid(data.clone().into(), STAMP)));
                    let invalid = came(data.clone(), false, form, STAMP);
                    assert_eq!(read(&invalid), Some(Marked::Came(form, Body::Invalid(&data))));
                    assert_eq!(take(invalid), Some(Came::Invalid(data.clone(), STAMP)));
                    assert_eq!(read(&published(&data)), Some(Marked::Published(&data)));
                    assert_eq!(take(published(&data)), None);
                    let copy = known(data, MessageId([fill; 20]));
                    assert_eq!(copy.len(), 21);
                    assert_eq!(read(&copy), Some(Marked::Known(MessageId([fill; 20]))));
                    assert_eq!(take(copy), None);
                }
            }
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0; ROOM - 1]), None);
        assert_eq!(read(&[KNOWN; 20]), None);
    }

    #[test]
    fn marking_and_unmarking_moves_nothing() {
        let mut data = Vec::with_capacity(3000 + ROOM);
        data.resize(3000, 7);
        let before = data.as_ptr();
        let Some(Came::Valid(ssz, _)) = take(came(data, true, Form::Bare, STAMP)) else { panic!() };
        assert_eq!(ssz.as_ptr(), before);
        let copy = vec![1; 500];
        let before = copy.as_ptr();
        let copy = known(copy, MessageId([0; 20]));
        assert_eq!(copy.as_ptr(), before);
    }
}
