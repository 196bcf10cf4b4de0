//! Runs processes, which end when their time is up, or when you stop the runner.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The processes that run now, by process id.
static CHILDREN: Mutex<BTreeMap<u32, Child>> = Mutex::new(BTreeMap::new());

fn children() -> MutexGuard<'static, BTreeMap<u32, Child>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a signal that stops the runner stop the processes that it started, too.
///
/// # Errors
/// Fails if the system doesn't allow it.
pub fn stop_children_with_the_runner() -> Result<()> {
    ctrlc::set_handler(|| {
        for child in children().values_mut() {
            // A process that has ended can't be stopped, and doesn't have to be.
            let _ = child.kill();
        }
        // A shell reports the signal in this way.
        std::process::exit(130);
    })?;
    Ok(())
}

/// The end of a process, and its output.
pub struct Ended {
    /// The exit status, or `None` if the time was up.
    pub status: Option<ExitStatus>,
    /// The text that the process wrote.
    pub out: String,
    /// The text that the process wrote to standard error, if the command pipes that.
    pub err: String,
}

/// The number of bytes that we keep of an output's beginning, and of its end.
const MAX_OUTPUT_PART: usize = 1 << 19;

/// Runs a command to its end, or until the time is up.
///
/// # Errors
/// Fails if the command can't be started.
pub fn run(command: &mut Command, limit: Option<Duration>) -> io::Result<Ended> {
    run_with(command, limit, |_| {})
}

/// Runs a command, and passes on each line that it writes to standard error at once.
///
/// # Errors
/// Fails if the command can't be started.
pub fn run_with(
    command: &mut Command,
    limit: Option<Duration>,
    each_line: impl FnMut(&str) + Send + 'static,
) -> io::Result<Ended> {
    let start = Instant::now();
    let mut started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let out = read_on_a_thread(started.stdout.take(), |_| {});
    let err = read_on_a_thread(started.stderr.take(), each_line);
    let id = started.id();
    children().insert(id, started);
    let status = loop {
        if let Some(status) = status_of(id)? {
            break Some(status);
        }
        if limit.is_some_and(|limit| start.elapsed() > limit) {
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    if let Some(mut process) = children().remove(&id)
        && status.is_none()
    {
        process.kill()?;
        process.wait()?;
    }
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    Ok(Ended { status, out: text(out), err: text(err) })
}

fn status_of(id: u32) -> io::Result<Option<ExitStatus>> {
    children().get_mut(&id).map_or(Ok(None), Child::try_wait)
}

/// Reads on a thread, so that a process which writes a lot doesn't wait for a reader.
fn read_on_a_thread(
    from: Option<impl Read + Send + 'static>,
    mut each_line: impl FnMut(&str) + Send + 'static,
) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = vec![];
        let Some(from) = from else { return text };
        let mut from = BufReader::new(from);
        loop {
            let start = text.len();
            // The limit is for a program that never ends its line. If the output can't be read,
            // we treat it as ended.
            match from.by_ref().take(MAX_OUTPUT_PART as u64).read_until(b'\n', &mut text)
            {
                Ok(0) | Err(_) => return text,
                Ok(_) => each_line(&String::from_utf8_lossy(&text[start..])),
            }
            // The reader looks at the beginning, and the end tells the outcome.
            if text.len() > 3 * MAX_OUTPUT_PART {
                text.drain(MAX_OUTPUT_PART..text.len() - MAX_OUTPUT_PART);
            }
        }
    })
}

/// Returns a command that runs cargo at the root of the repository.
pub fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// Runs the race of the exercises. Returns whether it ran to its end.
///
/// # Errors
/// Fails if cargo can't be started.
pub fn bench(root: &Path) -> Result<bool> {
    Ok(cargo(root).args(["bench", "-p", "exercises"]).status()?.success())
}
