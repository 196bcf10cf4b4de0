//! A process that ends when its time is up, or when the runner is stopped.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What runs now, by process id.
static CHILDREN: Mutex<BTreeMap<u32, Child>> = Mutex::new(BTreeMap::new());

fn children() -> MutexGuard<'static, BTreeMap<u32, Child>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on whoever stops the runner stops what it started, too.
///
/// # Errors
/// If the system does not allow it.
pub fn stop_children_with_the_runner() -> Result<(), Box<dyn Error>> {
    ctrlc::set_handler(|| {
        for child in children().values_mut() {
            // One that has ended cannot be stopped, and need not be.
            let _ = child.kill();
        }
        // As a shell reports it.
        std::process::exit(130);
    })?;
    Ok(())
}

/// How a process ended.
pub struct Ended {
    /// `None` if its time was up.
    pub status: Option<ExitStatus>,
    /// What it wrote.
    pub out: String,
    /// And what it wrote to standard error, if that was asked for.
    pub err: String,
}

/// Nobody reads more.
const MOST_OUTPUT: u64 = 1 << 20;

/// Runs a command to its end, or until the time is up.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command, limit: Option<Duration>) -> io::Result<Ended> {
    let start = Instant::now();
    let mut started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let out = read_on_a_thread(started.stdout.take());
    let err = read_on_a_thread(started.stderr.take());
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

/// So that a process which writes much does not wait for a reader.
fn read_on_a_thread(
    from: Option<impl Read + Send + 'static>,
) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut text = vec![];
        if let Some(mut from) = from {
            // What cannot be read is not there.
            let _ = from.by_ref().take(MOST_OUTPUT).read_to_end(&mut text);
            let _ = io::copy(&mut from, &mut io::sink());
        }
        text
    })
}

/// Cargo, at the root of the repository.
pub fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// The race of the exercises; whether it ran to its end.
///
/// # Errors
/// If cargo cannot be started.
pub fn bench(root: &Path) -> Result<bool, Box<dyn Error>> {
    Ok(cargo(root).args(["bench", "--quiet", "-p", "exercises"]).status()?.success())
}
