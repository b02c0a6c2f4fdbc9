//! Why a scenario cannot go on.

use std::error::Error;
use std::io;

use cl_interop::folder::FolderError;
use cl_interop::lab::LabError;
use cl_interop::rest::RestError;

/// Why a scenario cannot go on. A fact that does not hold is no error: it is reported, and the scenario goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ScenarioError {
    #[error("the other client does not start")]
    Lab(#[from] LabError),
    #[error("the other client does not answer")]
    Rest(#[from] RestError),
    #[error("no testnet folder")]
    Folder(#[from] FolderError),
    #[error("the testnet folder cannot be read")]
    Network(#[from] cl_types::NetworkError),
    #[error("the testnet folder has no schedule")]
    Schedule(#[from] cl_types::ScheduleError),
    #[error("our node does not start")]
    Start(#[from] cl_node::StartError),
    #[error("our node stopped")]
    Stopped(#[from] cl_node::Stopped),
    #[error("a request of ours failed")]
    Request(#[from] cl_node::RequestError),
    #[error("the other client's id or address cannot be parsed: {text}")]
    Unreadable { text: String },
    #[error("what our node saved cannot be read")]
    Store(#[from] cl_enr::store::StoreError),
    #[error("no file")]
    Io(#[from] io::Error),
    #[error("waited in vain: {what}")]
    Vain { what: &'static str },
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
