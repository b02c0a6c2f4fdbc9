//! A real Lodestar on loopback, for scenarios in which the other side is not ours.
//!
//! - [`lab`]: starts and stops it (by the lab script beside the workspace)
//! - [`rest`]: asks it what it knows and saw
//! - [`folder`]: turns its answers into a testnet folder that a node of ours can be started from
//! - [`report`]: prints checked facts and counts them
//!
//! The binary of this crate runs the scenarios; `docs/interop.md` says what each of them proves.

pub mod folder;
pub mod lab;
pub mod report;
pub mod rest;
