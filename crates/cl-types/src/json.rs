//! The JSON form of the beacon API, with the `serde` feature: numbers as decimal strings, bytes, roots and bitfields in
//! hex with `0x`, lists as arrays, containers as objects with the specification's field names.
//!
//! Containers implement [`serde::Serialize`] and [`serde::Deserialize`]. [`JsonField`] is what their fields implement:
//! the values themselves are types of other crates, whose own serde form is another.

use std::fmt;
use std::marker::PhantomData;

use alloy_primitives::{Address, U256};
use bytes::Bytes;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ssz::{Decode, Encode};
use ssz_types::{BitList, BitVector, FixedVector, VariableList};
use typenum::Unsigned;

use crate::bytes::{
    BigByteVector, ByteList, ByteLists, ByteVector, ByteVectors, ProgressiveByteList, ProgressiveByteLists,
    ProgressiveByteVectors,
};
use crate::primitives::{Epoch, ForkDigest, ForkVersion, Root, Slot};
use crate::progressive::{ProgressiveBitList, ProgressiveList};

/// A value that has a JSON form in the beacon API.
pub trait JsonField: Sized {
    /// Writes the JSON form.
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the JSON form.
    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A value in its JSON form, for serde.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: JsonField> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json(serializer)
    }
}

impl<'de, T: JsonField> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::from_json(deserializer).map(Self)
    }
}

/// A borrowed value in its JSON form.
pub(crate) struct JsonRef<'a, T>(pub(crate) &'a T);

impl<T: JsonField> Serialize for JsonRef<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json(serializer)
    }
}

/// Numbers: as decimal strings.
macro_rules! decimal {
    ($($type:ty as $number:ty: $from:expr;)+) => {
        $(
            impl JsonField for $type {
                fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }

                fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    // `parse` would take a sign, and hex for the large ones.
                    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                        return Err(D::Error::custom("not a decimal number"));
                    }
                    let number: $number = text.parse().map_err(|_| D::Error::custom("too large a number"))?;
                    Ok($from(number))
                }
            }
        )+
    };
}

decimal! {
    u8 as u8: std::convert::identity;
    u64 as u64: std::convert::identity;
    U256 as U256: std::convert::identity;
    Slot as u64: Slot;
    Epoch as u64: Epoch;
}

impl JsonField for bool {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// Values whose SSZ is shown in hex: bytes of all kinds, and bitfields with the bit that marks their length.
macro_rules! hexadecimal {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(
            impl<$($generics)*> JsonField for $type {
                fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    HexRef(&self.as_ssz_bytes()).serialize(serializer)
                }

                fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let bytes = hex_bytes(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
                    Self::from_ssz_bytes(&bytes).map_err(|error| D::Error::custom(format_args!("{error:?}")))
                }
            }
        )+
    };
}

hexadecimal! {
    [] Root;
    [] Address;
    [] ForkVersion;
    [] ForkDigest;
    [const N: usize] ByteVector<N>;
    [const N: usize] BigByteVector<N>;
    [const MAX: usize] ByteList<MAX>;
    [] ProgressiveByteList;
    [N: Unsigned + Clone] BitList<N>;
    [N: Unsigned + Clone] BitVector<N>;
    [] ProgressiveBitList;
}

/// Bytes in hex.
struct HexRef<'a>(&'a [u8]);

impl Serialize for HexRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::from("0x");
        text.push_str(&hex::encode(self.0));
        serializer.serialize_str(&text)
    }
}

fn hex_bytes(text: &str) -> Result<Vec<u8>, &'static str> {
    let digits = text.strip_prefix("0x").ok_or("hex without 0x")?;
    hex::decode(digits).map_err(|_| "not hex")
}

impl<T: JsonField, N: Unsigned> JsonField for VariableList<T, N> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.iter().map(JsonRef), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = read_all(deserializer, N::to_usize())?;
        Self::new(items).map_err(|_| D::Error::custom("too many elements"))
    }
}

impl<T: JsonField, N: Unsigned> JsonField for FixedVector<T, N> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.iter().map(JsonRef), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = read_all(deserializer, N::to_usize())?;
        Self::new(items).map_err(|_| D::Error::custom("a wrong number of elements"))
    }
}

impl<T: JsonField> JsonField for ProgressiveList<T> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.iter().map(JsonRef), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_all(deserializer, usize::MAX).map(Self::from)
    }
}

impl<const N: usize, const MAX: usize> JsonField for ByteVectors<N, MAX> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.as_arrays().iter().map(|item| Json(ByteVector::from(*item))), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = read_vectors::<N, D>(deserializer, MAX)?;
        Self::new(bytes).map_err(D::Error::custom)
    }
}

impl<const N: usize> JsonField for ProgressiveByteVectors<N> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.as_arrays().iter().map(|item| Json(ByteVector::from(*item))), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = read_vectors::<N, D>(deserializer, usize::MAX)?;
        Self::new(bytes).map_err(D::Error::custom)
    }
}

impl<const EACH: usize, const MAX: usize> JsonField for ByteLists<EACH, MAX> {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.iter().map(HexRef), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists: Vec<ByteList<EACH>> = read_all(deserializer, MAX)?;
        Self::from_lists(&lists).map_err(D::Error::custom)
    }
}

impl JsonField for ProgressiveByteLists {
    fn to_json<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_all(self.iter().map(HexRef), serializer)
    }

    fn from_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists: Vec<ProgressiveByteList> = read_all(deserializer, usize::MAX)?;
        Self::from_lists(&lists).map_err(D::Error::custom)
    }
}

fn read_vectors<'de, const N: usize, D: Deserializer<'de>>(deserializer: D, max: usize) -> Result<Bytes, D::Error> {
    let items: Vec<ByteVector<N>> = read_all(deserializer, max)?;
    Ok(items.iter().flat_map(ByteVector::as_bytes).copied().collect())
}

fn write_all<S: Serializer>(
    items: impl ExactSizeIterator<Item = impl Serialize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut seq = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        seq.serialize_element(&item)?;
    }
    seq.end()
}

fn read_all<'de, T: JsonField, D: Deserializer<'de>>(deserializer: D, max: usize) -> Result<Vec<T>, D::Error> {
    struct Items<T>(usize, PhantomData<T>);

    impl<'de, T: JsonField> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(Json(item)) = seq.next_element()? {
                if items.len() >= self.0 {
                    return Err(A::Error::custom("too many elements"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    deserializer.deserialize_seq(Items(max, PhantomData))
}

/// Implements the JSON form of a container: an object with its fields. Unknown fields are ignored.
macro_rules! json_container {
    ($([$($generics:tt)*])? $name:ident $(<$($arg:ident),+>)? { $($field:ident),+ }) => {
        const _: () = {
            use $crate::json::JsonField;

            impl $(<$($generics)*>)? JsonField for $name $(<$($arg),+>)? {
                fn to_json<Ser: serde::Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                    use serde::ser::SerializeStruct as _;
                    const FIELDS: usize = [$(stringify!($field)),+].len();
                    let mut object = serializer.serialize_struct(stringify!($name), FIELDS)?;
                    $(object.serialize_field(stringify!($field), &$crate::json::JsonRef(&self.$field))?;)+
                    object.end()
                }

                fn from_json<'de, De: serde::Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                    struct Fields<T>(std::marker::PhantomData<T>);

                    impl<'de, $($($generics)*)?> serde::de::Visitor<'de> for Fields<$name $(<$($arg),+>)?> {
                        type Value = $name $(<$($arg),+>)?;

                        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                            f.write_str(concat!("an object: ", stringify!($name)))
                        }

                        fn visit_map<Map: serde::de::MapAccess<'de>>(
                            self,
                            mut map: Map,
                        ) -> Result<Self::Value, Map::Error> {
                            use serde::de::Error as _;
                            $(let mut $field = None;)+
                            while let Some(key) = map.next_key::<String>()? {
                                match key.as_str() {
                                    $(stringify!($field) => {
                                        if $field.is_some() {
                                            return Err(Map::Error::duplicate_field(stringify!($field)));
                                        }
                                        $field = Some(map.next_value::<$crate::json::Json<_>>()?.0);
                                    })+
                                    _ => {
                                        map.next_value::<serde::de::IgnoredAny>()?;
                                    }
                                }
                            }
                            Ok($name {
                                $($field: $field.ok_or_else(|| Map::Error::missing_field(stringify!($field)))?,)+
                            })
                        }
                    }

                    const FIELDS: &[&str] = &[$(stringify!($field)),+];
                    let fields = Fields(std::marker::PhantomData);
                    deserializer.deserialize_struct(stringify!($name), FIELDS, fields)
                }
            }

            impl $(<$($generics)*>)? serde::Serialize for $name $(<$($arg),+>)? {
                fn serialize<Ser: serde::Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                    self.to_json(serializer)
                }
            }

            impl<'de, $($($generics)*)?> serde::Deserialize<'de> for $name $(<$($arg),+>)? {
                fn deserialize<De: serde::Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                    Self::from_json(deserializer)
                }
            }
        };
    };
}

pub(crate) use json_container;
