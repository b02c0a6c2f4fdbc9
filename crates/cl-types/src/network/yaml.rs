//! YAML as text: a tree of scalars that nobody has interpreted, each with its line.
//!
//! Numbers of a configuration may be larger than any integer type, and fork versions look like numbers but are bytes.
//! So a scalar stays the text that was written. Anchors are refused, nesting is limited.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

/// Largest document, in bytes.
pub(super) const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting of lists and mappings.
const MAX_DEPTH: usize = 16;

/// Text that is not YAML. Displays the reason, without the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.info())]
pub struct SyntaxError(ScanError);

/// Why a text cannot be used as YAML. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// Not YAML at all.
    #[error("line {line}: not YAML: {error}; correct the line, or write the file anew")]
    Syntax {
        /// Where the parser gave up.
        line: usize,
        /// What it said.
        error: SyntaxError,
    },
    /// An alias (`*name`), which could make a small text huge.
    #[error("line {line}: YAML aliases are not supported; write the value out")]
    Alias {
        /// Where it stands.
        line: usize,
    },
    /// Lists and mappings nested too deep.
    #[error("line {line}: nested more than {MAX_DEPTH} levels deep; no configuration needs that, write the file anew")]
    TooDeep {
        /// Where it goes too deep.
        line: usize,
    },
    /// A second document in the file.
    #[error("line {line}: a second document starts here; keep one document in the file")]
    SecondDocument {
        /// Where it starts.
        line: usize,
    },
    /// More text than any configuration has.
    #[error("{len} bytes are too many; keep it under {MAX_BYTES}")]
    TooLong {
        /// Bytes of the text.
        len: usize,
    },
}

/// A scalar as it was written, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) line: usize,
    /// Written without quotes, so that `~` and nothing at all mean null.
    plain: bool,
}

impl Scalar {
    /// A scalar that is never null.
    pub(super) const fn quoted(text: String, line: usize) -> Self {
        Self { text, line, plain: false }
    }

    pub(super) fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Scalar(Scalar),
    List(Vec<Self>, usize),
    /// Entries in the order of the text. Keys that are not scalars are dropped.
    Map(Vec<(Scalar, Self)>, usize),
}

impl Node {
    /// What an empty text means.
    pub(super) const fn null() -> Self {
        Self::Scalar(Scalar { text: String::new(), line: 1, plain: true })
    }

    pub(super) fn line(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.line,
            Self::List(_, line) | Self::Map(_, line) => *line,
        }
    }

    /// The scalar's text, or a word for what stands there instead.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Scalar(scalar) => &scalar.text,
            Self::List(..) => "a list",
            Self::Map(..) => "a mapping",
        }
    }

    /// Value and key of an entry of a mapping; the first if there are several.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries(key).next()
    }

    /// Every value of a key of a mapping, in the order of the text.
    pub(super) fn entries(&self, key: &str) -> impl Iterator<Item = &Self> {
        let entries: &[(Scalar, Self)] = match self {
            Self::Map(entries, _) => entries,
            _ => &[],
        };
        entries.iter().filter(move |(name, _)| name.text == key).map(|(_, value)| value)
    }
}

/// A list or mapping that is not yet closed.
enum Open {
    List(Vec<Node>, usize),
    Map { entries: Vec<(Scalar, Node)>, key: Option<Node>, line: usize },
}

/// Reads one document. An empty text gives `None`.
pub(super) fn parse(text: &str) -> Result<Option<Node>, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError::TooLong { len: text.len() });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| YamlError::Syntax { line: error.marker().line(), error: SyntaxError(error) })?;
        let line = span.start.line();
        let closed = match event {
            Event::Scalar(text, style, ..) => {
                Some(Node::Scalar(Scalar { text: text.into_owned(), line, plain: style == ScalarStyle::Plain }))
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new(), line));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Map { entries: Vec::new(), key: None, line });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::Alias(_) => return Err(YamlError::Alias { line }),
            Event::DocumentStart(_) if root.is_some() => return Err(YamlError::SecondDocument { line }),
            _ => None,
        };
        if open.len() > MAX_DEPTH {
            return Err(YamlError::TooDeep { line });
        }
        if let Some(node) = closed {
            match open.last_mut() {
                Some(parent) => parent.add(node),
                None => root = Some(node),
            }
        }
    }
    Ok(root.filter(|node| !matches!(node, Node::Scalar(scalar) if scalar.is_null())))
}

impl Open {
    fn add(&mut self, node: Node) {
        match self {
            Self::List(items, _) => items.push(node),
            Self::Map { entries, key, .. } => match key.take() {
                None => *key = Some(node),
                Some(Node::Scalar(key)) => entries.push((key, node)),
                Some(_) => {}
            },
        }
    }

    fn close(self) -> Node {
        match self {
            Self::List(items, line) => Node::List(items, line),
            Self::Map { entries, line, .. } => Node::Map(entries, line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stay_text_and_know_their_lines() {
        let root =
            parse("# comment\nA: 0x90000069\nB:\n  - \"12\"\n  - {C: 99999999999999999999999}\n").unwrap().unwrap();
        assert_eq!(root.get("A").map(|node| (node.shown(), node.line())), Some(("0x90000069", 2)));
        let Some(Node::List(items, _)) = root.get("B") else { panic!("B is a list") };
        assert_eq!((items[0].shown(), items[0].line()), ("12", 4));
        assert_eq!(items[1].get("C").map(Node::shown), Some("99999999999999999999999"));
    }

    #[test]
    fn nothing_is_nothing() {
        for text in ["", "\n", "# only a comment\n", "---\n", "~"] {
            assert_eq!(parse(text), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn what_could_explode_is_refused() {
        assert_eq!(parse("a: &x [1]\nb: *x\n"), Err(YamlError::Alias { line: 2 }));
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert_eq!(parse(&deep), Err(YamlError::TooDeep { line: 1 }));
        assert_eq!(parse("a: 1\n---\nb: 2\n"), Err(YamlError::SecondDocument { line: 2 }));
        assert!(matches!(parse("a: [1\nb: 2"), Err(YamlError::Syntax { .. })));
        assert!(matches!(parse(&" ".repeat(MAX_BYTES + 1)), Err(YamlError::TooLong { .. })));
    }
}
