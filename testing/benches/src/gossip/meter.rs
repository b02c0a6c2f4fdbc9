//! What a process has used up.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::time::{ClockId, Timespec, clock_gettime};

use super::Error;

fn nanoseconds(time: Timespec) -> u64 {
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Nanoseconds since the machine was started: the same clock in all processes.
pub(super) fn now() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds of CPU that this process has had.
pub(super) fn process() -> u64 {
    nanoseconds(clock_gettime(ClockId::ProcessCPUTime))
}

/// The name of the calling thread in `/proc`.
pub(super) fn this_thread() -> Option<String> {
    Some(std::fs::read_link("/proc/thread-self").ok()?.to_str()?.to_owned())
}

/// Nanoseconds of CPU that a thread has had. Exact only while it sleeps; otherwise as of the scheduler's last tick.
pub(super) fn thread(name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{name}/schedstat")).unwrap_or_default();
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The most memory that this process has had, in KiB.
pub(super) fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

/// Bytes allocated, and how often. Zero without the feature `allocations`.
pub(super) fn allocated() -> (u64, u64) {
    #[cfg(feature = "allocations")]
    {
        let stats = stats_alloc::INSTRUMENTED_SYSTEM.stats();
        let grown = u64::try_from(stats.bytes_reallocated).unwrap_or(0);
        (stats.bytes_allocated as u64 + grown, (stats.allocations + stats.reallocations) as u64)
    }
    #[cfg(not(feature = "allocations"))]
    (0, 0)
}

/// What a receiver has done and used so far. Written to the process above as one line of numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// Nanoseconds since the machine was started.
    pub(super) at: u64,
    /// CPU, in nanoseconds: of the process, of the thread that has the behaviour.
    pub(super) process: u64,
    pub(super) task: u64,
    /// Messages that got a verdict.
    pub(super) messages: u64,
    /// Verdicts that came too late.
    pub(super) late: u64,
    /// Messages and control frames that were not sent on, because a queue was full or they waited too long.
    pub(super) dropped: u64,
    pub(super) bytes: u64,
    pub(super) allocations: u64,
    /// KiB.
    pub(super) peak: u64,
}

impl Mark {
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            at: self.at - before.at,
            process: self.process - before.process,
            task: self.task - before.task,
            messages: self.messages - before.messages,
            late: self.late - before.late,
            dropped: self.dropped - before.dropped,
            bytes: self.bytes - before.bytes,
            allocations: self.allocations - before.allocations,
            peak: self.peak,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, process, task, messages, late, dropped, bytes, allocations, peak } = self;
        write!(f, "{at} {process} {task} {messages} {late} {dropped} {bytes} {allocations} {peak}")
    }
}

impl FromStr for Mark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers: Vec<u64> = text.split(' ').map_while(|number| number.parse().ok()).collect();
        let [at, process, task, messages, late, dropped, bytes, allocations, peak] =
            numbers.try_into().map_err(|_| Error::Child)?;
        Ok(Self { at, process, task, messages, late, dropped, bytes, allocations, peak })
    }
}

/// When something happened to each message first.
#[derive(Debug)]
pub(super) struct Stamps(Vec<AtomicU64>);

impl Stamps {
    pub(super) fn new(messages: usize) -> Self {
        Self((0..messages).map(|_| AtomicU64::new(0)).collect())
    }

    /// Now, unless it was before.
    pub(super) fn set(&self, message: usize) {
        if let Some(stamp) = self.0.get(message)
            && stamp.load(Ordering::Relaxed) == 0
        {
            stamp.store(now(), Ordering::Relaxed);
        }
    }

    pub(super) fn write(&self, path: &str) -> Result<(), Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|stamp| stamp.load(Ordering::Relaxed).to_le_bytes()).collect();
        Ok(std::fs::write(path, bytes)?)
    }

    /// What another process has written; 0 for what did not happen.
    pub(super) fn read(path: &str) -> Result<Vec<u64>, Error> {
        let bytes = std::fs::read(path)?;
        let (stamps, _) = bytes.as_chunks::<8>();
        Ok(stamps.iter().copied().map(u64::from_le_bytes).collect())
    }
}
