//! What makes a plain struct an SSZ container.
//!
//! `container!(Checkpoint { epoch, root });` after a struct names its fields in the order of the specification and
//! implements [`ssz::Encode`], [`ssz::Decode`], [`tree_hash::TreeHash`], [`Field`](crate::decode::Field) and `Debug` for
//! it. Generic parameters come first: `container!([P: Preset] SyncAggregate<P> { … });`.
//! `progressive_container!` does the same with the hashing of EIP-7495; `gaps = [1, 6]` names the positions of fields
//! that are no more.

/// Implements the SSZ traits for a struct.
macro_rules! container {
    ($([$($generics:tt)*])? $name:ident $(<$($arg:ident),+>)? { $($field:ident),+ $(,)? }) => {
        $crate::container::serialization!($([$($generics)*])? $name $(<$($arg),+>)? { $($field),+ });

        impl $(<$($generics)*>)? tree_hash::TreeHash for $name $(<$($arg),+>)? {
            $crate::container::tree_of_a_container!();

            fn tree_hash_root(&self) -> tree_hash::Hash256 {
                $crate::hashing::container_root(&[$(tree_hash::TreeHash::tree_hash_root(&self.$field).0),+])
            }
        }
    };
}

/// Implements the SSZ traits for a struct that is hashed progressively.
macro_rules! progressive_container {
    ($([$($generics:tt)*])? $name:ident $(<$($arg:ident),+>)? $(gaps = $gaps:expr;)? { $($field:ident),+ $(,)? }) => {
        $crate::container::serialization!($([$($generics)*])? $name $(<$($arg),+>)? { $($field),+ });

        impl $(<$($generics)*>)? tree_hash::TreeHash for $name $(<$($arg),+>)? {
            $crate::container::tree_of_a_container!();

            fn tree_hash_root(&self) -> tree_hash::Hash256 {
                let gaps: &[usize] = &[];
                $(let gaps: &[usize] = { let _ = gaps; &$gaps };)?
                let fields = [$(tree_hash::TreeHash::tree_hash_root(&self.$field).0),+];
                $crate::hashing::progressive_container_root(fields, gaps)
            }
        }
    };
}

/// The part of [`tree_hash::TreeHash`] that is the same for all containers.
macro_rules! tree_of_a_container {
    () => {
        fn tree_hash_type() -> tree_hash::TreeHashType {
            tree_hash::TreeHashType::Container
        }

        fn tree_hash_packed_encoding(&self) -> tree_hash::PackedEncoding {
            tree_hash::PackedEncoding::from_slice(self.tree_hash_root().as_slice())
        }

        fn tree_hash_packing_factor() -> usize {
            1
        }
    };
}

/// Everything but the hashing.
macro_rules! serialization {
    ($([$($generics:tt)*])? $name:ident $(<$($arg:ident),+>)? { $($field:ident),+ }) => {
        impl $(<$($generics)*>)? ssz::Encode for $name $(<$($arg),+>)? {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                $($crate::decode::width(|c: &Self| &c.$field).is_some())&&+
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                if !<Self as ssz::Encode>::is_ssz_fixed_len() {
                    return ssz::BYTES_PER_LENGTH_OFFSET;
                }
                0 $(+ $crate::decode::width(|c: &Self| &c.$field).unwrap_or_default())+
            }

            fn ssz_bytes_len(&self) -> usize {
                0 $(+ $crate::encode::bytes_len(&self.$field))+
            }

            #[inline]
            fn ssz_append(&self, buf: &mut Vec<u8>) {
                if <Self as ssz::Encode>::is_ssz_fixed_len() {
                    $(ssz::Encode::ssz_append(&self.$field, buf);)+
                    return;
                }
                let start = buf.len();
                // The fixed part at once: it is written without asking the buffer for each field where it ends.
                let width = 0 $(+ $crate::encode::width(&self.$field))+;
                buf.resize(start + width, 0);
                $crate::decode::Field::encode_exact(self, buf.get_mut(start..).unwrap_or_default());
                let mut at = start;
                $($crate::encode::tail(&self.$field, start, &mut at, buf);)+
            }

            fn as_ssz_bytes(&self) -> Vec<u8> {
                let mut buf = Vec::with_capacity(self.ssz_bytes_len());
                self.ssz_append(&mut buf);
                buf
            }
        }

        impl $(<$($generics)*>)? ssz::Decode for $name $(<$($arg),+>)? {
            #[inline]
            fn is_ssz_fixed_len() -> bool {
                <Self as ssz::Encode>::is_ssz_fixed_len()
            }

            #[inline]
            fn ssz_fixed_len() -> usize {
                <Self as ssz::Encode>::ssz_fixed_len()
            }

            // Written where the caller wants it, by a call: inlined, it is built beside that place and copied there.
            #[inline(never)]
            fn from_ssz_bytes(bytes: &[u8]) -> Result<Self, ssz::DecodeError> {
                use $crate::decode::Field;
                let part = $crate::decode::Part::copied(bytes);
                if <Self as ssz::Decode>::is_ssz_fixed_len()
                    && let Some(value) = Self::decode_exact(part)
                {
                    return Ok(value);
                }
                Self::decode_part(part).map_err($crate::decode::Error::into_cause)
            }
        }

        impl $(<$($generics)*>)? $crate::decode::Field for $name $(<$($arg),+>)? {
            #[inline]
            fn decode_part(part: $crate::decode::Part<'_>) -> Result<Self, $crate::decode::Error> {
                if <Self as ssz::Decode>::is_ssz_fixed_len() {
                    return $crate::decode::or_why(
                        Self::decode_exact(part),
                        part,
                        #[cold]
                        #[inline(never)]
                        |part| {
                            let (len, expected) = (part.bytes().len(), <Self as ssz::Decode>::ssz_fixed_len());
                            let wrong = $crate::decode::Error::new(ssz::DecodeError::InvalidByteLength { len, expected });
                            if len != expected {
                                return wrong;
                            }
                            let mut rest = part.bytes();
                            let mut inspect = || {
                                $(part.inspect(&mut rest, |c: &Self| &c.$field, stringify!($field))?;)+
                                Ok(())
                            };
                            inspect().err().unwrap_or(wrong)
                        },
                    );
                }
                let mut layout = $crate::decode::Layout::new(part.bytes());
                $(layout
                    .field($crate::decode::width(|c: &Self| &c.$field))
                    .map_err(|error| {
                        $crate::decode::Error::new(error).within($crate::decode::Step::Field(stringify!($field)))
                    })?;)+
                let [$($field),+] = layout.finish()?;
                Ok(Self {
                    $($field: match part.quick($field) {
                        Some(value) => value,
                        None => part.field($field, stringify!($field))?,
                    },)+
                })
            }

            #[inline]
            fn decode_exact(part: $crate::decode::Part<'_>) -> Option<Self> {
                if !<Self as ssz::Decode>::is_ssz_fixed_len() {
                    return Self::decode_part(part).ok();
                }
                if part.bytes().len() != <Self as ssz::Decode>::ssz_fixed_len() {
                    return None;
                }
                let mut rest = part.bytes();
                Some(Self {
                    $($field: part.exact(&mut rest)?,)+
                })
            }

            #[inline]
            fn encode_exact(&self, out: &mut [u8]) {
                let mut rest = out;
                $($crate::encode::head(&self.$field, &mut rest);)+
            }

            fn ssz_size() -> $crate::size::Size {
                $crate::size::Size::of_container(&[$($crate::size::field(|c: &Self| &c.$field)),+])
            }
        }

        $crate::container::json!($([$($generics)*])? $name $(<$($arg),+>)? { $($field),+ });

        impl $(<$($generics)*>)? std::fmt::Debug for $name $(<$($arg),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$crate::decode::Shown(&self.$field)))+
                    .finish()
            }
        }
    };
}

/// Without the feature, containers have no JSON form.
#[cfg(not(feature = "serde"))]
macro_rules! no_json {
    ($($container:tt)*) => {};
}

#[cfg(not(feature = "serde"))]
pub(crate) use no_json as json;

#[cfg(feature = "serde")]
pub(crate) use crate::json::json_container as json;
pub(crate) use {container, progressive_container, serialization, tree_of_a_container};
