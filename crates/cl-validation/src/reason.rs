//! Why a message was ignored or rejected.

use cl_types::{Fault, Severity};

/// Declares an enum of reasons: each with a label for metrics and a sentence for people.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $label:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = $text]
                $(#[$variant_doc])*
                #[error($text)]
                $variant,
            )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// A short name that stays the same, for metrics.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)+
                }
            }
        }
    };
}

reasons! {
    /// Why a message is not forwarded, though nobody is to blame.
    Ignore {
        Seen = "seen", "a valid message of this kind was seen before";
        Superset = "superset", "a valid message with all of these votes was seen before";
        NothingNew = "nothing_new", "all slashed validators were seen before, or there are none";
        FutureSlot = "future_slot", "the slot has not begun";
        FutureEpoch = "future_epoch", "the epoch has not begun";
        PastSlot = "past_slot", "the slot has begun already";
        NotCurrentSlot = "not_current_slot", "the slot is not the current one";
        NotCurrentOrNextSlot = "not_current_or_next_slot", "the slot is neither the current nor the next one";
        OutsideWindow = "outside_window", "the vote is older than votes may be";
        Finalized = "finalized", "not after the finalized slot";
        NotFinalizedBranch = "not_finalized_branch", "the block does not descend from the finalized one";
        BlockUnknown = "block_unknown", "a block that it names is unknown";
        BlockInvalid = "block_invalid", "a block that it names failed its transition";
        ParentPayloadJudged = "parent_payload_judged", "the parent has no state, but its payload was judged";
        ParentPayloadInvalid = "parent_payload_invalid", "the parent's payload is invalid";
        PayloadUnverified = "payload_unverified", "the payload that it builds on or votes for is not verified";
        PayloadOptimistic = "payload_optimistic", "the payload that it votes for is not validated yet";
        AlreadyExiting = "already_exiting", "the validator is leaving already";
        SlotOfBlockDiffers = "slot_of_block_differs", "the block that it names is of another slot";
        HeaderUnknown = "header_unknown", "no valid header of this block was seen";
        BeforeFork = "before_fork", "the fork that has this message is not yet there";
        NotDependent = "not_dependent", "the dependent block decides nothing here";
        NotHighestBid = "not_highest_bid", "a bid at least as high was seen for this slot and parent";
        BeyondLookahead = "beyond_lookahead", "the proposer of the slot is not yet fixed";
        NoPreferences = "no_preferences", "the proposer's preferences were not seen";
        FeeRecipient = "fee_recipient", "the fee recipient is not the one that the proposer wants";
        ParentPayloadUnknown = "parent_payload_unknown", "the payload that it builds on is unknown";
        GasLimit = "gas_limit", "the gas limit does not move to what the proposer wants";
        NotOnHead = "not_on_head", "the bid does not fit the branch of the head";
        BuilderBalance = "builder_balance", "the builder cannot pay for the bid";
        BuilderLeaving = "builder_leaving", "the parent's payload asks for the exit of this builder";
        InclusionListsMissed = "inclusion_lists_missed", "the bid does not obey an inclusion list that came in time";
        NoTransactions = "no_transactions", "the inclusion list is empty";
        NotNewer = "not_newer", "not newer than the last update of this kind";
        NotDue = "not_due", "came before it was due";
        NotOurs = "not_ours", "not the update that we made ourselves";
        Unavailable = "unavailable", "our chain cannot answer what a rule asks";
        NotJudged = "not_judged", "nothing at this level can prove the message";
        Unsupported = "unsupported", "no such topic in this fork";
    }
}

reasons! {
    /// Which rule the message breaks. Whoever sent it should not have.
    Reject {
        Malformed = "malformed", "not the SSZ of its topic";
        WrongSubnet = "wrong_subnet", "came on the wrong subnet";
        UnknownValidator = "unknown_validator", "no validator has this index";
        BlockSignature = "block_signature", "the proposer's signature is wrong";
        ParentInvalid = "parent_invalid", "the parent block is invalid";
        BlockInvalid = "block_invalid", "the block that it names is invalid";
        NotAfterParent = "not_after_parent", "the slot is not after the parent's";
        NotFinalizedBranch = "not_finalized_branch", "the branch does not hold the finalized block";
        WrongProposer = "wrong_proposer", "another validator proposes in this slot";
        Timestamp = "timestamp", "the payload's timestamp is not that of the slot";
        TooManyBlobs = "too_many_blobs", "more blobs than the epoch allows";
        TooManyOperations = "too_many_operations", "more operations than a block may have";
        TooManyRequests = "too_many_requests", "more execution requests than a payload may have";
        TooManyWithdrawals = "too_many_withdrawals", "more withdrawals than a payload may have";
        BidParent = "bid_parent", "the bid is for another parent";
        BidExecutionHead = "bid_execution_head", "the bid does not build on the parent's execution head";
        DataIndex = "data_index", "the index in the vote is not allowed";
        CommitteeBits = "committee_bits", "not exactly one committee";
        CommitteeIndex = "committee_index", "there are not so many committees";
        TargetEpoch = "target_epoch", "the target is not of the vote's epoch";
        NotOneBit = "not_one_bit", "not exactly one vote";
        BitsLength = "bits_length", "not as many bits as the committee has members";
        NoParticipants = "no_participants", "nobody votes";
        NotSelected = "not_selected", "the sender was not selected to aggregate";
        NotInCommittee = "not_in_committee", "the validator is not in the committee";
        SelectionProof = "selection_proof", "the selection proof is wrong";
        AggregatorSignature = "aggregator_signature", "the aggregator's signature is wrong";
        Signature = "signature", "the signature is wrong";
        AggregateSignature = "aggregate_signature", "the aggregated signature is wrong";
        TargetRoot = "target_root", "the target is not on the branch that is voted for";
        SameSlotPayload = "same_slot_payload", "a vote in the block's own slot cannot know of its payload";
        PayloadInvalid = "payload_invalid", "votes for an invalid payload";
        NotActive = "not_active", "the validator is not active";
        TooYoung = "too_young", "the validator was not active for long enough";
        HeaderSlots = "header_slots", "the headers are of different slots";
        HeaderProposers = "header_proposers", "the headers are of different proposers";
        SameHeaders = "same_headers", "the headers are the same";
        NotSlashable = "not_slashable", "the votes do not contradict each other, or nobody can be slashed";
        IndexedVotes = "indexed_votes", "the list of voters is empty, unsorted, doubled or too long";
        Subcommittee = "subcommittee", "there is no such subcommittee";
        Credentials = "credentials", "the credentials are not those of this key";
        BlobIndex = "blob_index", "a block has no blob of this index";
        ColumnShape = "column_shape", "the column is not as long as its proofs and commitments, or there is none like it";
        InclusionProof = "inclusion_proof", "the commitments are not proved to be those of the block";
        KzgProof = "kzg_proof", "a KZG proof is wrong";
        EmptyPartial = "empty_partial", "a partial column with nothing in it";
        CellCount = "cell_count", "not as many cells or proofs as bits";
        OtherHeader = "other_header", "another header of this block is valid";
        GroupId = "group_id", "not the block of its group";
        SlotOfBlockDiffers = "slot_of_block_differs", "not of the block's slot";
        WrongBuilder = "wrong_builder", "not of the builder whose bid was taken";
        BlockHash = "block_hash", "not the payload that was promised";
        RequestsRoot = "requests_root", "not the execution requests that were promised";
        BeforeFork = "before_fork", "the slot is before the fork that has this message";
        ExecutionPayment = "execution_payment", "a bid on gossip cannot pay through the payload";
        OwnParent = "own_parent", "a payload cannot be its own parent";
        Randao = "randao", "not the randomness of the parent";
        UnknownBuilder = "unknown_builder", "no builder has this index";
        BuilderVersion = "builder_version", "not a builder of payloads";
        BuilderInactive = "builder_inactive", "the builder is not active";
        DependentSlot = "dependent_slot", "the dependent block is too new";
        TransactionBytes = "transaction_bytes", "the transactions of the inclusion list are too long";
        EmptyTransaction = "empty_transaction", "the inclusion list has an empty transaction";
    }
}

impl Reject {
    /// The sender's fault. Wrong bytes, signatures and proofs can be seen without any view of the chain; the rest may
    /// once in a while be a difference of views.
    #[must_use]
    pub const fn fault(self) -> Fault {
        Fault::Peer(match self {
            Self::ParentInvalid
            | Self::BlockInvalid
            | Self::NotFinalizedBranch
            | Self::PayloadInvalid
            | Self::WrongProposer
            | Self::TargetRoot => Severity::Mid,
            _ => Severity::High,
        })
    }
}
