//! Asking the other client over HTTP, on loopback only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::Agent;

/// How long one question may take: a request that the other client sends for us has time-outs of its own inside.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer read: a genesis state of the mainnet preset is some megabytes.
const MAX_ANSWER: u64 = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestError {
    /// The other client said so with a status code.
    #[error("{path}: status {status}: {}", String::from_utf8_lossy(body))]
    Status {
        /// The path asked for.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What came with it.
        body: Bytes,
    },
    /// No connection, or a broken one.
    #[error("{path}: no answer")]
    Http {
        /// The path asked for.
        path: String,
        /// What went wrong.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The answer has another shape than expected.
    #[error("{path}: unexpected answer")]
    Shape {
        /// The path asked for.
        path: String,
        /// What went wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The runtime is going down.
    #[error("the question was cancelled")]
    Cancelled,
}

/// `/eth/v1/node/identity`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// Its peer id in base58.
    pub peer_id: String,
    /// Its record in text form.
    pub enr: String,
    /// Its addresses, each with its peer id, each possibly twice.
    pub p2p_addresses: Vec<String>,
    /// Its MetaData, in the REST API's words.
    pub metadata: Value,
}

/// `/eth/v1/beacon/genesis`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Genesis {
    /// Unix seconds, decimal.
    pub genesis_time: String,
    /// 32 bytes in hex.
    pub genesis_validators_root: String,
    /// 4 bytes in hex.
    pub genesis_fork_version: String,
}

/// One entry of `/eth/v1/node/peers`. Fields that the two flavors word differently are not read.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Peer {
    /// Its peer id in base58.
    #[serde(alias = "peerId")]
    pub peer_id: String,
    /// `connected`, `disconnected`, …
    pub state: String,
    /// `inbound` or `outbound`, from the other client's side.
    #[serde(default)]
    pub direction: Option<String>,
    /// Its agent string, where known.
    #[serde(default, alias = "agentVersion")]
    pub agent_version: Option<String>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// `/lab/info`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Info {
    /// The current slot; negative before genesis.
    pub slot: i64,
    /// The slot of its head.
    pub head_slot: u64,
    /// The root of its head in hex.
    pub head_root: String,
    /// The epoch it finalized.
    pub finalized_epoch: u64,
    /// Hex digests by `fork@epoch`.
    pub fork_digests: BTreeMap<String, String>,
    /// The request protocols it serves.
    pub protocols: Vec<String>,
    /// The topics it is subscribed to.
    pub topics: Vec<String>,
}

/// `/lab/gossip`: messages by topic.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Gossip {
    /// What it published.
    pub sent: BTreeMap<String, TopicCount>,
    /// What it took from others, its own router's duplicates left out.
    pub received: BTreeMap<String, TopicCount>,
}

/// The messages of one topic.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct TopicCount {
    /// How many.
    pub count: u64,
    /// The slot of the last one; of sent ones only.
    #[serde(default)]
    pub slot: Option<u64>,
    /// The id of the last one, by its own function, in hex.
    pub last: String,
    /// Who the last one came from; of received ones only.
    #[serde(default)]
    pub from: Option<String>,
}

/// One line of `/lab/journal`.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Unix milliseconds.
    pub at: u64,
    /// `peer`, `gone`, `request`, `served`, `synced`, `sync failed` or `gossip` (a message it did not accept).
    pub kind: String,
    /// The peer it is about.
    #[serde(default)]
    pub peer: Option<String>,
    /// The method of a `request` or `served`.
    #[serde(default)]
    pub method: Option<String>,
    /// Whatever else is said.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// One chunk of an answer that the other client got from a peer.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Chunk {
    /// The fork of its context, in small letters.
    pub fork: String,
    /// The protocol version.
    pub version: u8,
    /// The SSZ in hex.
    pub ssz: String,
    /// The first few of an answer, decoded.
    #[serde(default)]
    pub value: Value,
}

/// A block as the REST API serves it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Block {
    /// The signed block.
    pub ssz: Bytes,
    /// `eth-consensus-version`.
    pub fork: String,
    /// Its root in hex.
    pub root: String,
}

/// A client of one node. Cheap to clone. All its methods are cancel safe.
#[derive(Clone, Debug)]
pub struct Rest {
    base: String,
    agent: Agent,
}

impl Rest {
    /// For `base` such as `http://127.0.0.1:19596`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        // Without a proxy, whatever the environment says: the other client is on this machine.
        let config = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_idle_connections(0)
            .build();
        Self { base: base.to_owned(), agent: config.into() }
    }

    /// Its record, peer id and addresses.
    pub async fn identity(&self) -> Result<Identity, RestError> {
        self.data("/eth/v1/node/identity").await
    }

    /// Its peers.
    pub async fn peers(&self) -> Result<Vec<Peer>, RestError> {
        self.data("/eth/v1/node/peers").await
    }

    /// The chain's beginning.
    pub async fn genesis(&self) -> Result<Genesis, RestError> {
        self.data("/eth/v1/beacon/genesis").await
    }

    /// The whole configuration with preset, as words.
    pub async fn spec(&self) -> Result<BTreeMap<String, Value>, RestError> {
        self.data("/eth/v1/config/spec").await
    }

    /// The scheduled forks.
    pub async fn fork_schedule(&self) -> Result<Value, RestError> {
        self.data("/eth/v1/config/fork_schedule").await
    }

    /// A signed block: `head`, `finalized`, a slot or a root in hex. `None` if it has none.
    pub async fn block(&self, id: &str) -> Result<Option<Block>, RestError> {
        match self.get(format!("/eth/v2/beacon/blocks/{id}")).await {
            Ok(Answer { body, fork, root }) => Ok(Some(Block { ssz: body, fork, root })),
            Err(RestError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The root of a canonical block, in hex. `None` if the slot has none.
    pub async fn block_root(&self, id: &str) -> Result<Option<String>, RestError> {
        #[derive(Deserialize)]
        struct Root {
            root: String,
        }
        match self.data(&format!("/eth/v1/beacon/blocks/{id}/root")).await {
            Ok(Root { root }) => Ok(Some(root)),
            Err(RestError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The genesis state as SSZ.
    pub async fn genesis_state(&self) -> Result<Bytes, RestError> {
        Ok(self.get("/eth/v2/debug/beacon/states/genesis".to_owned()).await?.body)
    }

    /// Slot, head, digests, protocols and topics.
    pub async fn info(&self) -> Result<Info, RestError> {
        self.data("/lab/info").await
    }

    /// Messages by topic.
    pub async fn gossip(&self) -> Result<Gossip, RestError> {
        self.data("/lab/gossip").await
    }

    /// What happened, oldest first; thousands of entries at most.
    pub async fn journal(&self) -> Result<Vec<Entry>, RestError> {
        self.data("/lab/journal").await
    }

    /// The records in its discovery table.
    pub async fn kad(&self) -> Result<Vec<String>, RestError> {
        self.data("/lab/kad").await
    }

    /// Mesh members by topic.
    pub async fn mesh(&self) -> Result<BTreeMap<String, Vec<String>>, RestError> {
        self.data("/lab/mesh").await
    }

    /// Its scores of peers, `{ peer, gossip }`, in its own words.
    pub async fn scores(&self) -> Result<Value, RestError> {
        self.data("/lab/scores").await
    }

    /// Makes it send a request to `peer` and shows the answer. `method` in its words, such as `status`.
    pub async fn request(&self, peer: &str, method: &str, version: u8, ssz: &[u8]) -> Result<Vec<Chunk>, RestError> {
        self.data(&format!("/lab/request?peer={peer}&method={method}&version={version}&ssz={}", hex::encode(ssz))).await
    }

    /// Makes it dial.
    pub async fn connect(&self, peer: &str, address: &str) -> Result<(), RestError> {
        self.get(format!("/lab/connect?peer={peer}&addr={}", escape(address))).await.map(drop)
    }

    /// Makes it say goodbye to `peer` with `reason` and leave.
    pub async fn disconnect(&self, peer: &str, reason: u64) -> Result<(), RestError> {
        self.get(format!("/lab/disconnect?peer={peer}&reason={reason}")).await.map(drop)
    }

    async fn data<T: DeserializeOwned>(&self, path: &str) -> Result<T, RestError> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            data: T,
        }
        let body = self.get(path.to_owned()).await?.body;
        serde_json::from_slice(&body)
            .map(|Envelope { data }| data)
            .map_err(|source| RestError::Shape { path: path.to_owned(), source })
    }

    async fn get(&self, path: String) -> Result<Answer, RestError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.get_blocking(path)).await.unwrap_or(Err(RestError::Cancelled))
    }

    fn get_blocking(&self, path: String) -> Result<Answer, RestError> {
        let http = |source: ureq::Error| RestError::Http { path: path.clone(), source: Box::new(source) };
        let mut response = self.agent.get(format!("{}{path}", self.base)).call().map_err(http)?;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (fork, root) = (header("eth-consensus-version"), header("lab-block-root"));
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(http)?.into();
        if status.is_success() {
            Ok(Answer { body, fork, root })
        } else {
            Err(RestError::Status { path, status: status.as_u16(), body })
        }
    }
}

struct Answer {
    body: Bytes,
    fork: String,
    root: String,
}

/// Percent-encodes all but letters and digits.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(escape("/ip4/1"), "%2Fip4%2F1");
    }
}
