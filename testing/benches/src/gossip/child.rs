//! The two processes of a run, which are this program again.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum;

use super::Error;
use super::options::Setting;

/// A process that answers lines with lines. Killed when dropped.
pub(super) struct Child {
    process: Process,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(super) fn receiver(setting: Setting) -> Result<Self, Error> {
        Self::spawn("receiver", setting, "")
    }

    pub(super) fn publisher(setting: Setting, address: &str) -> Result<Self, Error> {
        Self::spawn("publisher", setting, address)
    }

    fn spawn(role: &str, setting: Setting, address: &str) -> Result<Self, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        // The flags that this process was given, and what makes the difference.
        command.args(std::env::args().skip(1)).args(["--role", role, "--address", address]);
        command.args(["--kind", &flag(&setting.kind), "--transport", &flag(&setting.transport)]);
        command.args(["--part", &flag(&setting.part), "--scale", &setting.scale.to_string()]);
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

/// A value as it is written behind a flag.
fn flag(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Drop for Child {
    fn drop(&mut self) {
        // Gone already, as a rule.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
