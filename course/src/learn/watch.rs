//! Checks again whenever a file is saved, and goes on when all is right.

use std::error::Error;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use notify::{Event, RecursiveMode, Watcher};

use super::Learner;

/// An editor writes a file in several steps: quiet for so long means that it has finished.
const QUIET: Duration = Duration::from_millis(100);

impl Learner<'_> {
    /// Runs until all exercises are solved, or the reader stops it.
    pub(super) fn watch(&mut self) -> Result<(), Box<dyn Error>> {
        let (sender, saves) = mpsc::channel();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<Event>| {
                // Nobody listens any more once the watch has ended.
                let _ = sender.send(event);
            })?;
        watcher.watch(&self.root.join("exercises/src"), RecursiveMode::NonRecursive)?;
        while let Some(exercise) = self.next() {
            writeln!(self.out, "\n-- {} --", exercise.name)?;
            self.out.flush()?;
            // A file that is gone or no text is said, and may be mended.
            if let Err(error) = self.check(exercise) {
                writeln!(self.out, "{error}")?;
            }
            let Some(waiting_for) = self.next() else { return Ok(()) };
            writeln!(
                self.out,
                "\nWaiting for a file to be saved; Ctrl-C ends the watch."
            )?;
            self.out.flush()?;
            wait_for_a_save(&saves, &waiting_for.answer(self.root))?;
        }
        self.show_finished()
    }
}

/// Returns once an answer was written, and then nothing for a moment.
fn wait_for_a_save(
    saves: &Receiver<notify::Result<Event>>,
    answer: &Path,
) -> Result<(), Box<dyn Error>> {
    let concerns = |event: &Event| {
        !event.kind.is_access() && event.paths.iter().any(|path| path == answer)
    };
    while !concerns(&saves.recv()??) {}
    loop {
        match saves.recv_timeout(QUIET) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err("the watch has ended".into());
            }
        }
    }
}
