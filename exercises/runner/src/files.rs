//! Writes files whole or not at all, and keeps copies of answers.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file whole or not at all. The text goes to a new file next to it, which then takes
/// its name. If the disk is full or you stop the runner, the old file stays.
pub(super) fn write_whole(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(text)?;
        // Some disks say only now that they're full.
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().inspect_err(|_| {
        // If we can't remove it, there's nothing else to try.
        let _ = fs::remove_file(&new);
    })
}

/// Returns the copies of an answer and their numbers, the newest last: `NAME.rs.1`,
/// `NAME.rs.2` and so on.
pub(super) fn copies(answer: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let mut copies = vec![];
    for file in answer.parent().unwrap_or(answer).read_dir()? {
        let path = file?.path();
        let number = path.extension().and_then(|number| number.to_str()?.parse().ok());
        if let Some(number) = number
            && path.with_extension("") == answer
        {
            copies.push((number, path));
        }
    }
    copies.sort();
    Ok(copies)
}

/// Keeps a copy of an answer, and returns the copy's number and path. An answer that has a copy
/// already isn't copied again.
pub(super) fn keep(answer: &Path) -> io::Result<(u32, PathBuf)> {
    let text = fs::read(answer)?;
    let copies = copies(answer)?;
    let is_same = |copy: &Path| fs::read(copy).is_ok_and(|kept| kept == text);
    if let Some(kept) = copies.iter().find(|(_, copy)| is_same(copy)) {
        return Ok(kept.clone());
    }
    let last = copies.last().map_or(0, |(number, _)| *number);
    let number =
        last.checked_add(1).ok_or_else(|| io::Error::other("too many copies"))?;
    let copy = answer.with_added_extension(number.to_string());
    write_whole(&copy, &text)?;
    Ok((number, copy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = format!("files-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_that_cannot_be_written_is_as_it_was() {
        let folder = folder("whole");
        // A folder that isn't empty can't be replaced by a file.
        let path = folder.join("kept");
        fs::create_dir_all(path.join("inside")).unwrap();
        write_whole(&path, b"text").unwrap_err();
        assert!(path.join("inside").exists());
        assert_eq!(folder.read_dir().unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn each_copy_is_kept_once_and_none_is_replaced() {
        let folder = folder("copies");
        let answer = folder.join("e01.rs");
        for (text, copy) in [("a", 1), ("b", 2), ("a", 1), ("b", 2), ("c", 3)] {
            fs::write(&answer, text).unwrap();
            let (number, kept) = keep(&answer).unwrap();
            assert_eq!(number, copy);
            assert_eq!(kept, folder.join(format!("e01.rs.{copy}")));
            assert_eq!(fs::read_to_string(kept).unwrap(), text);
        }
        // It makes no difference whether an older copy was removed.
        fs::remove_file(folder.join("e01.rs.1")).unwrap();
        fs::write(folder.join("e01.rs.other"), "").unwrap();
        fs::write(&answer, "d").unwrap();
        assert_eq!(keep(&answer).unwrap(), (4, folder.join("e01.rs.4")));
        let numbers = copies(&answer).unwrap().into_iter().map(|(number, _)| number);
        assert_eq!(numbers.collect::<Vec<_>>(), [2, 3, 4]);
        fs::write(folder.join(format!("e01.rs.{}", u32::MAX)), "").unwrap();
        fs::write(&answer, "e").unwrap();
        keep(&answer).unwrap_err();
        fs::remove_dir_all(folder).unwrap();
    }
}
