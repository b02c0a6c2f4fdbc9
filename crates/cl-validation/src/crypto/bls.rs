//! BLS signatures, alone and many at once.

use std::collections::BTreeMap;
use std::fmt;

use blst::min_pk::{AggregatePublicKey, AggregateSignature, PublicKey as Point, Signature};
use blst::{BLST_ERROR, blst_scalar};
use cl_types::Root;
use cl_types::containers::{BLSPubkey, BLSSignature};
use sha2::{Digest, Sha256};

/// The ciphersuite of the consensus layer.
const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
/// Bits of a random coefficient: a wrong batch passes with a chance of 2^-64.
const COEFFICIENT_BITS: usize = 64;

/// A public key as a point on the curve: 96 bytes, cheap to copy. Making one from 48 bytes costs about as much as a
/// tenth of a signature check, so views of the chain keep them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(Point);

/// Bytes that are no public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a public key")]
pub struct BadKey;

impl PublicKey {
    /// Decompresses a key that the chain has registered. That it is in the right group was checked when its deposit was
    /// taken in, and is not checked again.
    pub fn registered(bytes: &BLSPubkey) -> Result<Self, BadKey> {
        Point::uncompress(bytes.as_bytes()).map(Self).map_err(|_| BadKey)
    }

    /// Decompresses a key that a message brings along, and checks it completely (`KeyValidate`).
    pub fn validated(bytes: &BLSPubkey) -> Result<Self, BadKey> {
        Point::key_validate(bytes.as_bytes()).map(Self).map_err(|_| BadKey)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", BLSPubkey::from(self.0.compress()))
    }
}

/// One signature of one or several keys over one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureSet {
    /// Who signed. None at all makes the signature wrong.
    pub keys: Vec<PublicKey>,
    /// What was signed: a signing root.
    pub message: Root,
    /// The signature.
    pub signature: BLSSignature,
}

/// Random bytes that a sender cannot know: they make the coefficients of batches.
pub type Seed = [u8; 32];

/// A set whose signature was decoded and whose keys were added up.
struct Ready {
    key: Point,
    message: Root,
    signature: Signature,
}

impl SignatureSet {
    /// Of one key.
    #[must_use]
    pub fn one(key: PublicKey, message: Root, signature: &BLSSignature) -> Self {
        Self { keys: vec![key], message, signature: signature.clone() }
    }

    /// Checks it alone: one pairing product, with the group check of the signature.
    #[must_use]
    pub fn verify(&self) -> bool {
        self.ready().is_some_and(|ready| ready.verify())
    }

    /// Adds up the keys and decodes the signature with its group check.
    fn ready(&self) -> Option<Ready> {
        let key = match self.keys.as_slice() {
            [only] => only.0,
            several => {
                let points: Vec<&Point> = several.iter().map(|key| &key.0).collect();
                AggregatePublicKey::aggregate(&points, false).ok()?.to_public_key()
            }
        };
        let signature = Signature::sig_validate(self.signature.as_bytes(), false).ok()?;
        Some(Ready { key, message: self.message, signature })
    }

    /// Checks many at once. True if all are right; false says nothing about any single one.
    ///
    /// Sets over one message are first folded into one, each with a random coefficient; what is left is checked with one
    /// pairing product of as many terms as there are messages. The coefficients are made of `seed`, the messages and the
    /// signatures, so a sender cannot choose signatures that cancel out.
    #[must_use]
    pub fn verify_all(sets: &[&Self], seed: &Seed) -> bool {
        match sets {
            [] => return true,
            [only] => return only.verify(),
            _ => {}
        }
        let Some(ready) = sets.iter().map(|set| set.ready()).collect::<Option<Vec<Ready>>>() else {
            return false;
        };
        let mut coefficients = Coefficients::new(sets, seed);
        let mut by_message: BTreeMap<Root, Vec<Ready>> = BTreeMap::new();
        for set in ready {
            by_message.entry(set.message).or_default().push(set);
        }
        let folded = by_message.into_values().map(|group| Ready::fold(group, &mut coefficients));
        let Some(folded) = folded.collect::<Option<Vec<Ready>>>() else {
            return false;
        };
        if let [only] = folded.as_slice() {
            return only.verify();
        }
        let messages: Vec<&[u8]> = folded.iter().map(|set| set.message.as_slice()).collect();
        let keys: Vec<&Point> = folded.iter().map(|set| &set.key).collect();
        let signatures: Vec<&Signature> = folded.iter().map(|set| &set.signature).collect();
        let scalars: Vec<blst_scalar> = folded.iter().map(|_| coefficients.scalar()).collect();
        // Keys are registered or validated; signatures were checked when they were decoded.
        let result = Signature::verify_multiple_aggregate_signatures(
            &messages,
            DST,
            &keys,
            false,
            &signatures,
            false,
            &scalars,
            COEFFICIENT_BITS,
        );
        result == BLST_ERROR::BLST_SUCCESS
    }
}

impl Ready {
    fn verify(&self) -> bool {
        self.signature.verify(false, self.message.as_slice(), DST, &[], &self.key, false) == BLST_ERROR::BLST_SUCCESS
    }

    /// Folds sets over one message into one.
    fn fold(group: Vec<Self>, coefficients: &mut Coefficients) -> Option<Self> {
        let message = group.first()?.message;
        if group.len() == 1 {
            return group.into_iter().next();
        }
        let (keys, signatures): (Vec<Point>, Vec<Signature>) =
            group.into_iter().map(|set| (set.key, set.signature)).unzip();
        let mut random = Vec::with_capacity(keys.len().saturating_mul(8));
        for _ in &keys {
            random.extend_from_slice(&coefficients.next());
        }
        let key = AggregatePublicKey::aggregate_with_randomness(&keys, &random, COEFFICIENT_BITS, false).ok()?;
        let signature =
            AggregateSignature::aggregate_with_randomness(&signatures, &random, COEFFICIENT_BITS, false).ok()?;
        Some(Self { key: key.to_public_key(), message, signature: signature.to_signature() })
    }
}

/// Random numbers from 1 to 2^64 - 1.
struct Coefficients {
    seed: [u8; 32],
    drawn: u64,
}

impl Coefficients {
    fn new(sets: &[&SignatureSet], seed: &Seed) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(seed);
        for set in sets {
            hasher.update(set.message);
            hasher.update(set.signature.as_bytes());
        }
        Self { seed: hasher.finalize().into(), drawn: 0 }
    }

    fn next(&mut self) -> [u8; 8] {
        loop {
            let digest: [u8; 32] =
                Sha256::new().chain_update(self.seed).chain_update(self.drawn.to_le_bytes()).finalize().into();
            self.drawn = self.drawn.wrapping_add(1);
            let [a, b, c, d, e, f, g, h, ..] = digest;
            let drawn = [a, b, c, d, e, f, g, h];
            if drawn != [0; 8] {
                return drawn;
            }
        }
    }

    fn scalar(&mut self) -> blst_scalar {
        let mut scalar = blst_scalar::default();
        for (to, from) in scalar.b.iter_mut().zip(self.next()) {
            *to = from;
        }
        scalar
    }
}

#[cfg(test)]
mod tests {
    use blst::min_pk::SecretKey;

    use super::*;

    fn set(key: u8, message: u8) -> SignatureSet {
        let secret = SecretKey::key_gen(&[key; 32], &[]).unwrap();
        let message = Root::repeat_byte(message);
        let signature = secret.sign(message.as_slice(), DST, &[]).compress();
        SignatureSet::one(PublicKey(secret.sk_to_pk()), message, &BLSSignature::from(signature))
    }

    #[test]
    fn right_batches_pass_and_one_wrong_signature_fails_them() {
        // Two messages, one of them signed by several.
        let mut sets = [set(1, 1), set(2, 1), set(3, 1), set(4, 2)];
        let seed = [7; 32];
        assert!(SignatureSet::verify_all(&sets.iter().collect::<Vec<_>>(), &seed));
        sets[1].signature = set(2, 3).signature;
        assert!(!SignatureSet::verify_all(&sets.iter().collect::<Vec<_>>(), &seed));
        assert_eq!(sets.iter().map(SignatureSet::verify).collect::<Vec<_>>(), [true, false, true, true]);
    }

    #[test]
    fn signatures_that_only_swap_places_do_not_pass() {
        // Their plain sum would be right.
        let (one, two) = (set(1, 1), set(2, 1));
        let swapped = [
            SignatureSet { signature: two.signature.clone(), ..one.clone() },
            SignatureSet { signature: one.signature, ..two },
        ];
        assert!(!SignatureSet::verify_all(&swapped.iter().collect::<Vec<_>>(), &[0; 32]));
    }

    #[test]
    fn an_aggregate_is_one_set_of_many_keys() {
        let (one, two) = (set(1, 1), set(2, 1));
        let signatures = [&one, &two].map(|set| Signature::uncompress(set.signature.as_bytes()).unwrap());
        let sum = AggregateSignature::aggregate(&signatures.iter().collect::<Vec<_>>(), true).unwrap();
        let signature = BLSSignature::from(sum.to_signature().compress());
        let both = SignatureSet { keys: [one.keys, two.keys].concat(), message: one.message, signature };
        assert!(both.verify());
        assert!(!SignatureSet { keys: Vec::new(), ..both }.verify());
    }

    #[test]
    fn bytes_that_are_no_points_are_wrong_and_nothing_else() {
        for byte in [0x00, 0x80, 0xc0, 0xff] {
            let signature = BLSSignature::from([byte; 96]);
            assert!(!SignatureSet { signature, ..set(1, 1) }.verify(), "{byte}");
            assert_eq!(PublicKey::validated(&BLSPubkey::from([byte; 48])), Err(BadKey), "{byte}");
        }
    }
}
