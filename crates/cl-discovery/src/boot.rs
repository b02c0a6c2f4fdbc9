//! Boot nodes: named by the operator, reported by name when they are of no use.

use std::collections::HashMap;
use std::fmt;

use cl_enr::{ParseError, Record};

use crate::cache::Dropped;
use crate::directory::AskError;

/// Characters of a text that make up its name.
const NAME_LEN: usize = 40;

/// Why a boot node is of no use. Discovery goes on with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BootProblem {
    /// The text is no record.
    #[error("cannot be read: {0}")]
    Unreadable(ParseError),
    /// It is a record that nobody can use.
    #[error("cannot be used: {0}")]
    Unusable(Dropped),
    /// It does not answer. It is asked again later, and reported again only after it answered in between.
    #[error("does not answer: {0}")]
    Silent(AskError),
}

/// What is known of the boot nodes, by node id.
#[derive(Debug, Default)]
pub(crate) struct BootNodes {
    nodes: HashMap<[u8; 32], (Record, bool)>,
    problems: Vec<(String, BootProblem)>,
}

impl BootNodes {
    /// Reads the texts. Those that are no records are reported.
    pub(crate) fn new(records: Vec<Record>, texts: &[String]) -> Self {
        let mut boot = Self::default();
        for record in records {
            boot.nodes.insert(record.node_id().raw(), (record, false));
        }
        for text in texts {
            match cl_enr::parse(text) {
                Ok(record) => {
                    boot.nodes.insert(record.node_id().raw(), (record, false));
                }
                Err(error) => boot.problems.push((name_of_text(text), BootProblem::Unreadable(error))),
            }
        }
        boot
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.nodes.values().map(|(record, _)| record)
    }

    /// A record was not taken.
    pub(crate) fn unusable(&mut self, record: &Record, reason: Dropped) {
        self.problems.push((name(record), BootProblem::Unusable(reason)));
    }

    /// A node was asked; nothing happens unless it is a boot node.
    pub(crate) fn asked(&mut self, id: &[u8; 32], failure: Option<AskError>) {
        let Some((record, is_silent)) = self.nodes.get_mut(id) else { return };
        let was_silent = std::mem::replace(is_silent, failure.is_some());
        if let Some(error) = failure
            && !was_silent
        {
            self.problems.push((name(record), BootProblem::Silent(error)));
        }
    }

    /// The next one to report: its name and what is wrong.
    pub(crate) fn next_problem(&mut self) -> Option<(String, BootProblem)> {
        if self.problems.is_empty() { None } else { Some(self.problems.remove(0)) }
    }
}

/// How a boot node is called: where it is and how its id begins.
fn name(record: &Record) -> String {
    let socket = record.udp4_socket().map(fmt_some).or_else(|| record.udp6_socket().map(fmt_some));
    let id = record.node_id().to_string();
    let id = id.get(..10).unwrap_or(&id);
    match socket {
        Some(socket) => format!("{socket} ({id}…)"),
        None => format!("{id}…, without an address"),
    }
}

fn fmt_some(socket: impl fmt::Display) -> String {
    socket.to_string()
}

fn name_of_text(text: &str) -> String {
    let start: String = text.trim().chars().filter(|c| !c.is_control()).take(NAME_LEN).collect();
    if start.len() < text.trim().len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use cl_enr::Key;

    use super::*;

    #[test]
    fn a_silent_one_is_reported_once_until_it_answers() {
        let key = Key::generate();
        let record = Record::builder().ip4([127, 0, 0, 1].into()).udp4(9000).build(&key.to_combined()).unwrap();
        let mut boot = BootNodes::new(vec![record], &[" enr:-nonsense".to_owned()]);
        let (name, problem) = boot.next_problem().unwrap();
        assert_eq!(name, "enr:-nonsense");
        assert!(matches!(problem, BootProblem::Unreadable(_)), "{problem}");
        let id = key.node_id();
        for failure in [Some(AskError::Silent), Some(AskError::Silent), None, Some(AskError::Silent)] {
            boot.asked(&id, failure);
        }
        let (name, problem) = boot.next_problem().unwrap();
        assert!(name.starts_with("127.0.0.1:9000 (0x"), "{name}");
        assert_eq!(problem.to_string(), "does not answer: no answer in time");
        assert!(boot.next_problem().is_some() && boot.next_problem().is_none());
        boot.asked(&[0; 32], Some(AskError::Silent));
        assert!(boot.next_problem().is_none());
    }
}
