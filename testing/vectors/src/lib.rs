//! Static SSZ vectors of the executable specification: bytes and root of a value of every container of every fork.
//!
//! [`table::check_of`] finds the type of a case and says how to check it; a type that it does not know is an error.
//! [`folder`] reads vectors laid out as the specification releases them, [`subset`] the small file that is kept beside
//! this crate (`make_subset.py` says how it is made). [`foreign`] holds the containers of the vectors that never
//! travel.

pub mod case;
pub mod folder;
pub mod foreign;
pub mod report;
pub mod subset;
pub mod table;

pub use case::{Case, Failure};
pub use report::Report;
