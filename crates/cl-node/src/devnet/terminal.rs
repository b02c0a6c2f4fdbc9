//! Drawing on a terminal without flicker: each frame overwrites the one before in place, as one write.

use std::fmt::Write as _;
use std::io::{self, Write};

use terminal_size::{Height, Width};

use super::view::{Line, Style};

/// What is assumed of a terminal that does not say its size.
const USUAL_SIZE: (usize, usize) = (80, 24);

/// The alternate screen of the terminal. The ordinary one comes back when this is dropped, panics included.
#[derive(Debug)]
pub(crate) struct Screen {
    out: io::Stdout,
}

impl Screen {
    /// Takes the terminal over.
    pub(crate) fn enter() -> io::Result<Self> {
        let mut out = io::stdout();
        // Alternate screen, no cursor, no wrapping.
        out.write_all(b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")?;
        out.flush()?;
        Ok(Self { out })
    }

    /// Columns and rows, asked each time: a window can be resized.
    pub(crate) fn size() -> (usize, usize) {
        terminal_size::terminal_size()
            .map_or(USUAL_SIZE, |(Width(width), Height(height))| (usize::from(width), usize::from(height)))
    }

    /// Draws the lines from the top, cut to the terminal's size.
    pub(crate) fn draw(&mut self, lines: &[Line]) -> io::Result<()> {
        self.out.write_all(paint(lines, Self::size()).as_bytes())?;
        self.out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing is left to do if the terminal is gone.
        let _ = self.out.write_all(b"\x1b[?7h\x1b[?25h\x1b[?1049l");
        let _ = self.out.flush();
    }
}

/// One frame: home, then each line up to the edge with the rest of it cleared, then the rest of the screen cleared.
fn paint(lines: &[Line], (width, height): (usize, usize)) -> String {
    let mut frame = String::from("\x1b[?2026h\x1b[H");
    for (row, line) in lines.iter().take(height).enumerate() {
        if row > 0 {
            frame.push_str("\r\n");
        }
        let on = match line.style {
            Style::Plain => "",
            Style::Title => "\x1b[1;36m",
            Style::Heading => "\x1b[1m",
            Style::Dim => "\x1b[2m",
            Style::Bad => "\x1b[31m",
        };
        let off = if on.is_empty() { "" } else { "\x1b[0m" };
        let text: String = line.text.chars().filter(|c| !c.is_control()).take(width).collect();
        // Writing to a string cannot fail.
        let _ = write!(frame, "{on}{text}{off}\x1b[K");
    }
    frame.push_str("\x1b[J\x1b[?2026l");
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_cut_to_the_terminal_and_clears_what_was_there() {
        let lines: Vec<Line> = ["the first", "the\x1b second", "the third"]
            .map(|text| Line { style: Style::Heading, text: text.into() })
            .into();
        let frame = paint(&lines, (7, 2));
        assert_eq!(
            frame,
            "\x1b[?2026h\x1b[H\x1b[1mthe fir\x1b[0m\x1b[K\r\n\x1b[1mthe sec\x1b[0m\x1b[K\x1b[J\x1b[?2026l"
        );
    }
}
