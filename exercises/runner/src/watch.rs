//! Checks again whenever you save a file. On a terminal it takes keys.

use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use console::{Key, Term, style};
use notify::{RecursiveMode, Watcher};

use crate::Learner;
use exercises::catalog::Exercise;

/// The quiet time after which we assume that an editor, which writes in several steps, is done.
const QUIET_TIME: Duration = Duration::from_millis(100);

const CLEAR_SCREEN: &str = "\x1b[2J\x1b[H";
const KEYS_PROMPT: &str = "h: hint   l: list   q: quit";
const KEYS_OF_OPEN_PROMPT: &str = "n: next exercise   h: hint   l: list   q: quit";
const NO_KEYS_PROMPT: &str = "Save your file to check it again. Ctrl-C ends the watch.";

impl<'a> Learner<'a> {
    /// Watches until all exercises are solved, or until the reader stops it.
    pub(super) fn watch(&mut self) -> Result<()> {
        let (sender, happenings) = mpsc::channel();
        let keyboard = (io::stdin().is_terminal() && io::stdout().is_terminal())
            .then(|| keyboard(sender.clone()));
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<_>| {
                let happening = match event {
                    Err(error) => Happening::Error(error.into()),
                    Ok(notify::Event { kind, .. }) if kind.is_access() => return,
                    Ok(notify::Event { paths, .. }) => Happening::Saved(paths),
                };
                // Once the watch has ended, this fails, and that does no harm.
                let _ = sender.send(happening);
            })?;
        watcher.watch(&self.root.join("exercises/src"), RecursiveMode::NonRecursive)?;
        self.watch_for(Happenings { happenings, keyboard, asked: false, pressed: None })
    }

    /// Shows an exercise on a clear screen, checks it, and does both again after each save.
    /// Without keys, it goes on to the next exercise by itself.
    fn watch_for(&mut self, mut happenings: Happenings) -> Result<()> {
        let has_keys = happenings.keyboard.is_some();
        let Some(mut exercise) = self.next() else { return self.show_finished() };
        loop {
            write!(self.out, "{}", if has_keys { CLEAR_SCREEN } else { "\n" })?;
            self.show_head(exercise)?;
            self.out.flush()?;
            // If the file is gone or isn't text, it can still come back.
            let solved = self.show_check(exercise).or_else(|error| {
                writeln!(self.out, "{error:#}")?;
                io::Result::Ok(false)
            })?;
            let next = self.open_after(exercise);
            if next.is_none() {
                self.show_finished()?;
            }
            let chosen = match solved && !has_keys {
                true => next,
                false => self.wait(&mut happenings, exercise, next)?,
            };
            match chosen {
                Some(chosen) => exercise = chosen,
                None => return Ok(()),
            }
        }
    }

    /// Waits for a save, and answers keys. Returns the exercise to check, or `None` to end.
    fn wait(
        &mut self,
        happenings: &mut Happenings,
        exercise: &'a Exercise,
        next: Option<&'a Exercise>,
    ) -> Result<Option<&'a Exercise>> {
        let answer = exercise.answer(self.root);
        let prompt = match (&happenings.keyboard, next) {
            (None, _) => NO_KEYS_PROMPT,
            (Some(_), None) => KEYS_PROMPT,
            (Some(_), Some(_)) => KEYS_OF_OPEN_PROMPT,
        };
        loop {
            writeln!(self.out, "\n{}\n", style(prompt).dim())?;
            self.out.flush()?;
            // Other keys have no meaning.
            loop {
                match happenings.next(&answer)? {
                    None => return Ok(Some(exercise)),
                    Some('n') if next.is_some() => return Ok(next),
                    Some('q') => return Ok(None),
                    Some('h') => break self.show_one_more_hint(exercise)?,
                    Some('l') => break self.show_list()?,
                    Some(_) => {}
                }
            }
        }
    }

    /// Returns the first exercise after this one that isn't solved. After the last
    /// exercise, the search goes on with the first.
    fn open_after(&self, exercise: &Exercise) -> Option<&'a Exercise> {
        let is_open = |exercise: &&Exercise| !self.progress.is_solved(exercise);
        let is_after = |next: &&Exercise| next.name > exercise.name;
        let mut after = self.catalog.all().iter().filter(is_after);
        after.find(is_open).or_else(|| self.next())
    }
}

/// An event that the watch waits for.
enum Happening {
    Saved(Vec<PathBuf>),
    Pressed(char),
    Error(anyhow::Error),
}

struct Happenings {
    happenings: Receiver<Happening>,
    /// Asks for the next key. It's `None` without a terminal.
    keyboard: Option<Sender<()>>,
    /// Tells whether we've asked for a key that hasn't been pressed yet.
    asked: bool,
    /// A key that was pressed just after a save.
    pressed: Option<char>,
}

impl Happenings {
    /// Waits for the next key, or for a save of an answer and then a quiet moment: `None`.
    fn next(&mut self, answer: &Path) -> Result<Option<char>> {
        if let Some(key) = self.pressed.take() {
            return Ok(Some(key));
        }
        if let Some(keyboard) = &self.keyboard
            && !self.asked
        {
            keyboard.send(())?;
            self.asked = true;
        }
        loop {
            match self.happenings.recv()? {
                Happening::Saved(paths) if paths.iter().any(|path| path == answer) => {
                    break;
                }
                Happening::Saved(_) => {}
                Happening::Pressed(key) => {
                    self.asked = false;
                    return Ok(Some(key));
                }
                Happening::Error(error) => return Err(error),
            }
        }
        loop {
            match self.happenings.recv_timeout(QUIET_TIME) {
                Ok(Happening::Pressed(key)) => {
                    self.asked = false;
                    self.pressed = Some(key);
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Reads keys on a thread, and each one only when it's asked for. While we wait for a key, the
/// terminal doesn't show anything that you type, and that mustn't outlast the watch.
fn keyboard(pressed: Sender<Happening>) -> Sender<()> {
    let (ask, asked) = mpsc::channel();
    thread::spawn(move || {
        for () in asked {
            let happening = match Term::stdout().read_key() {
                Ok(Key::Char(key)) => Happening::Pressed(key.to_ascii_lowercase()),
                Ok(_) => Happening::Pressed(' '),
                // Ctrl-C stops the whole runner.
                Err(error) if error.kind() == ErrorKind::Interrupted => return,
                Err(error) => Happening::Error(error.into()),
            };
            if pressed.send(happening).is_err() {
                return;
            }
        }
    });
    ask
}

#[cfg(test)]
mod tests {
    use std::fs;

    use exercises::catalog::Catalog;

    use super::*;
    use crate::progress::Progress;

    /// Returns the text on the screen between each two clearings, while these events happen.
    /// The answers are missing, so nothing is compiled.
    fn screens(name: &str, happen: impl FnOnce(&Path) -> Vec<Happening>) -> Vec<String> {
        let root = format!("watch-{name}-{}", std::process::id());
        let root = std::env::temp_dir().join(root);
        fs::create_dir_all(root.join("exercises")).unwrap();
        let (sender, happenings) = mpsc::channel();
        let (keyboard, asked) = mpsc::channel();
        for happening in happen(&root) {
            sender.send(happening).unwrap();
        }
        // A watch that waits for more than these has to end, too.
        thread::spawn(move || {
            thread::sleep(10 * QUIET_TIME);
            sender.send(Happening::Error(anyhow::anyhow!("nothing more happens")))
        });
        let mut out = vec![];
        let catalog = Catalog::read(&crate::root()).unwrap();
        let progress = Progress::read(&root).unwrap();
        let mut learner =
            Learner { root: &root, catalog: &catalog, progress, out: &mut out };
        let keyboard = Some(keyboard);
        let happenings = Happenings { happenings, keyboard, asked: false, pressed: None };
        learner.watch_for(happenings).unwrap();
        drop(asked);
        fs::remove_dir_all(&root).unwrap();
        let out = String::from_utf8(out).unwrap();
        out.split(CLEAR_SCREEN).skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn keys_bring_the_next_exercise_a_hint_the_list_and_the_end() {
        let keys = |_: &Path| "hnlnq".chars().map(Happening::Pressed).collect();
        let [first, second, third] = &screens("keys", keys)[..] else {
            panic!("each exercise has a screen")
        };
        for part in ["e01, ", "e01_surprise.rs", "isn't there", "hints 1 of", KEYS_PROMPT]
        {
            assert!(first.contains(part), "no {part} in\n{first}");
        }
        assert!(second.contains("e02, ") && second.contains("e27_fourth_backend: "));
        assert!(third.contains("e03, "));
    }

    #[test]
    fn a_save_of_the_answer_and_of_no_other_file_checks_again() {
        for (file, count) in [("e01_surprise.rs", 2), ("e02_naive_softmax.rs", 1)] {
            let screens = screens("saves", |root| {
                let path = root.join("exercises/src").join(file);
                vec![Happening::Saved(vec![path]), Happening::Pressed('q')]
            });
            assert_eq!(screens.len(), count, "{file}: {screens:?}");
            assert!(screens.iter().all(|screen| screen.contains("e01, ")));
        }
    }
}
