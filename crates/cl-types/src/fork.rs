//! The forks by name: the one list of them.

use std::fmt;

/// Makes [`ForkName`] of the list below.
macro_rules! forks {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $version_key:literal, $epoch_key:literal;)*) => {
        /// A regular fork. Blob-parameter forks change the digest but not the name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ForkName {
            $($(#[$doc])* $name,)*
        }

        impl ForkName {
            /// Every fork, oldest first.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// The lower-case name, as in the beacon API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The key of its version in a configuration.
            #[must_use]
            pub const fn version_key(self) -> &'static str {
                match self {
                    $(Self::$name => $version_key,)*
                }
            }

            /// The key of its epoch in a configuration; Phase0, which has none, starts at epoch 0.
            #[must_use]
            pub const fn epoch_key(self) -> &'static str {
                match self {
                    $(Self::$name => $epoch_key,)*
                }
            }
        }
    };
}

// Name, name in the beacon API, configuration keys of version and epoch.
forks! {
    /// Genesis rules of mainnet.
    Phase0 = "phase0", "GENESIS_FORK_VERSION", "";
    /// Sync committees.
    Altair = "altair", "ALTAIR_FORK_VERSION", "ALTAIR_FORK_EPOCH";
    /// Execution payloads.
    Bellatrix = "bellatrix", "BELLATRIX_FORK_VERSION", "BELLATRIX_FORK_EPOCH";
    /// Withdrawals.
    Capella = "capella", "CAPELLA_FORK_VERSION", "CAPELLA_FORK_EPOCH";
    /// Blobs.
    Deneb = "deneb", "DENEB_FORK_VERSION", "DENEB_FORK_EPOCH";
    /// Execution requests, single attestations.
    Electra = "electra", "ELECTRA_FORK_VERSION", "ELECTRA_FORK_EPOCH";
    /// Data columns.
    Fulu = "fulu", "FULU_FORK_VERSION", "FULU_FORK_EPOCH";
    /// Payload envelopes of builders.
    Gloas = "gloas", "GLOAS_FORK_VERSION", "GLOAS_FORK_EPOCH";
    /// Inclusion lists.
    Heze = "heze", "HEZE_FORK_VERSION", "HEZE_FORK_EPOCH";
}

impl ForkName {
    /// The newest fork: what no fork has ended yet lasts until it.
    pub const NEWEST: Self = {
        let [.., newest] = Self::ALL;
        newest
    };

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ForkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
