//! Keys, and signatures with them.

use blst::min_pk::{AggregateSignature, SecretKey, Signature};
use cl_types::Root;
use cl_types::containers::{BLSPubkey, BLSSignature};
use cl_validation::crypto::PublicKey;

/// The ciphersuite of the consensus layer.
const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// A key pair.
#[derive(Clone)]
pub struct Key {
    secret: SecretKey,
    /// The public key.
    pub public: PublicKey,
    /// The same, compressed.
    pub pubkey: BLSPubkey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.public.fmt(f)
    }
}

impl Key {
    /// Signs a signing root.
    #[must_use]
    pub fn sign(&self, root: Root) -> BLSSignature {
        self.point(root).compress().into()
    }

    fn point(&self, root: Root) -> Signature {
        self.secret.sign(root.as_slice(), DST, &[])
    }
}

/// Keys that validators share.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// So many keys.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let key = |number: usize| {
            let mut seed = [1; 32];
            seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let secret = SecretKey::key_gen(&seed, &[]).unwrap();
            let pubkey = BLSPubkey::from(secret.sk_to_pk().compress());
            Key { secret, public: PublicKey::registered(&pubkey).unwrap(), pubkey }
        };
        Self((0..count.max(1)).map(key).collect())
    }

    /// The key of a validator.
    #[must_use]
    pub fn of(&self, validator: u64) -> &Key {
        &self.0[validator as usize % self.0.len()]
    }

    /// Everybody's signature over one signing root, to be used again and again.
    #[must_use]
    pub fn all_sign(&self, root: Root) -> Signed {
        Signed(self.0.iter().map(|key| key.point(root)).collect())
    }
}

/// Everybody's signature over one signing root.
#[derive(Clone)]
pub struct Signed(Vec<Signature>);

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({})", self.0.len())
    }
}

impl Signed {
    /// The signature of one validator.
    #[must_use]
    pub fn by(&self, validator: u64) -> BLSSignature {
        self.point(validator).compress().into()
    }

    /// The sum of the signatures of some.
    #[must_use]
    pub fn by_all(&self, validators: impl IntoIterator<Item = u64>) -> BLSSignature {
        let points: Vec<&Signature> = validators.into_iter().map(|validator| self.point(validator)).collect();
        AggregateSignature::aggregate(&points, false).unwrap().to_signature().compress().into()
    }

    fn point(&self, validator: u64) -> &Signature {
        &self.0[validator as usize % self.0.len()]
    }
}
