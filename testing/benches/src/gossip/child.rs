//! The two processes of a run, which are this program again.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

use super::Error;
use super::options::{Kind, Part, Transport};

/// A process that answers lines with lines. Killed when dropped.
pub(super) struct Child {
    process: Process,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(super) fn receiver(kind: Kind, transport: Transport, part: Part) -> Result<Self, Error> {
        Self::spawn("receiver", kind, transport, part, "")
    }

    pub(super) fn publisher(kind: Kind, transport: Transport, part: Part, address: &str) -> Result<Self, Error> {
        Self::spawn("publisher", kind, transport, part, address)
    }

    fn spawn(role: &str, kind: Kind, transport: Transport, part: Part, address: &str) -> Result<Self, Error> {
        let part = if part == Part::Cost { "cost" } else { "slots" };
        let transport = if transport == Transport::Tcp { "tcp" } else { "quic" };
        let mut command = Command::new(std::env::current_exe()?);
        // The flags that this process was given, and what makes the difference.
        command.args(std::env::args().skip(1)).args(["--role", role, "--kind", kind.name()]);
        command.args(["--transport", transport, "--part", part, "--address", address]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take().ok_or(Error::Child)?;
        let output = BufReader::new(process.stdout.take().ok_or(Error::Child)?).lines();
        Ok(Self { process, input, output })
    }

    /// Waits for a line that begins with a word. Returns the rest of it.
    pub(super) fn hear(&mut self, word: &str) -> Result<String, Error> {
        let line = self.output.next().ok_or(Error::Child)??;
        let rest = line.strip_prefix(word).ok_or(Error::Child)?;
        Ok(rest.trim().to_owned())
    }

    pub(super) fn tell(&mut self, line: &str) -> Result<(), Error> {
        Ok(writeln!(self.input, "{line}")?)
    }

    pub(super) fn ask(&mut self, line: &str, word: &str) -> Result<String, Error> {
        self.tell(line)?;
        self.hear(word)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Gone already, as a rule.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
