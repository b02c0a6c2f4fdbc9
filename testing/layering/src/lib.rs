//! The shape of the workspace, as rules that a test can check.
//!
//! - [`layers`]: which crate may stand on which ([`layers::TABLE`]), and which libraries a pure crate never pulls in
//! - [`manifests`]: members inherit lints, edition and dependency versions from the workspace
//! - [`sizes`]: how long a source file may get
//! - [`words`]: what a file of this repository never mentions
//!
//! Every rule is a plain function from data to a list of violations, so that each is also tested with made-up data
//! that breaks it. `tests/it` feeds them the real workspace.

pub mod files;
pub mod layers;
pub mod manifests;
pub mod sizes;
pub mod words;
