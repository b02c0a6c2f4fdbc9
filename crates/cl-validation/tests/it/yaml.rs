//! The YAML of the vectors: a tree of texts.

use saphyr_parser::{Event, Parser};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Yaml {
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Yaml {
    pub(crate) fn parse(text: &str) -> Self {
        let mut open: Vec<Self> = Vec::new();
        let mut keys: Vec<Option<String>> = Vec::new();
        for event in Parser::new_from_str(text) {
            let closed = match event.unwrap().0 {
                Event::Scalar(text, ..) => Self::Text(text.into_owned()),
                Event::SequenceStart(..) => {
                    open.push(Self::List(Vec::new()));
                    keys.push(None);
                    continue;
                }
                Event::MappingStart(..) => {
                    open.push(Self::Map(Vec::new()));
                    keys.push(None);
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    keys.pop();
                    open.pop().unwrap()
                }
                _ => continue,
            };
            match (open.last_mut(), keys.last_mut()) {
                (Some(Self::List(items)), _) => items.push(closed),
                (Some(Self::Map(entries)), Some(key)) => match (key.take(), closed) {
                    (None, Self::Text(text)) => *key = Some(text),
                    (None, other) => panic!("a key that is no text: {other:?}"),
                    (Some(key), value) => entries.push((key, value)),
                },
                _ => return closed,
            }
        }
        Self::Map(Vec::new())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).map(|value| match value {
            Self::Text(text) => text.trim(),
            other => panic!("{key} is no text: {other:?}"),
        })
    }

    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.text(key).map(|text| text.parse().unwrap())
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.text(key) == Some("true")
    }

    pub(crate) fn list(&self, key: &str) -> &[Self] {
        match self.get(key) {
            None => &[],
            Some(Self::List(items)) => items,
            Some(other) => panic!("{key} is no list: {other:?}"),
        }
    }
}
