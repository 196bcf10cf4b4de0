//! A server for the built book, on this machine alone, which builds it again at every save.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use mdbook_driver::config::Config;
use notify::{Event, RecursiveMode, Watcher};
use tiny_http::{Header, Request, Response, Server};

use crate::{build, built};

/// The script that asks how often the book was built, and reloads its page when that grows.
const RELOAD: &str = r#"<script>(async () => {
  const builds = async () => (await fetch("/builds")).text();
  const first = await builds();
  setInterval(async () => { if ((await builds()) !== first) location.reload(); }, 500);
})();</script>"#;

/// The ports that we try, one after the other.
const PORTS: std::ops::Range<u16> = 3000..3020;

/// The quiet time after which we assume that an editor, which writes in several steps, is done.
const QUIET: Duration = Duration::from_millis(100);

/// Serves the book until the program is stopped, and calls back with the address.
///
/// # Errors
/// If no port is free, or the sources can't be watched.
pub fn serve(root: &Path, started: impl FnOnce(&str)) -> Result<()> {
    let server = PORTS
        .map(|port| Server::http(("127.0.0.1", port)))
        .find_map(Result::ok)
        .ok_or_else(|| {
            anyhow!("no port from {} to {} is free", PORTS.start, PORTS.end - 1)
        })?;
    let builds = Arc::new(AtomicU64::new(1));
    let (watched, counted) = (root.to_owned(), Arc::clone(&builds));
    thread::spawn(move || {
        if let Err(error) = build_at_every_save(&watched, &counted) {
            eprintln!("the sources are watched no more: {error}");
        }
    });
    started(&format!("http://{}", server.server_addr()));
    for request in server.incoming_requests() {
        // A reader who has gone away needs no answer.
        let _ = answer(&built(root), request, &builds);
    }
    Ok(())
}

fn answer(book: &Path, request: Request, builds: &AtomicU64) -> std::io::Result<()> {
    let url = request.url().split(['?', '#']).next().unwrap_or("/").to_owned();
    if url == "/builds" {
        let count = builds.load(Ordering::Relaxed).to_string();
        return request.respond(Response::from_string(count));
    }
    match page(book, &url) {
        Some((bytes, kind)) => {
            request.respond(Response::from_data(bytes).with_header(kind))
        }
        None => request.respond(Response::from_string("not found").with_status_code(404)),
    }
}

/// Returns a file of the book and its kind, and nothing outside of the book.
fn page(book: &Path, url: &str) -> Option<(Vec<u8>, Header)> {
    if url.split('/').any(|part| part == "..") {
        return None;
    }
    let mut path: PathBuf = book.join(url.trim_start_matches('/'));
    if path.is_dir() {
        path.push("index.html");
    }
    let mut bytes = fs::read(&path).ok()?;
    let kind = match path.extension()?.to_str()? {
        "html" => {
            bytes.extend_from_slice(RELOAD.as_bytes());
            "text/html; charset=utf-8"
        }
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    };
    Some((bytes, Header::from_bytes("Content-Type", kind).ok()?))
}

/// Watches the book and the folders that `book.toml` names: text, code, data and pictures.
fn build_at_every_save(root: &Path, builds: &AtomicU64) -> Result<()> {
    let (sender, saves) = mpsc::channel();
    let mut watcher =
        notify::recommended_watcher(move |event: notify::Result<Event>| {
            let _ = sender.send(event);
        })?;
    let book = root.join("book");
    watcher.watch(&book, RecursiveMode::Recursive)?;
    for folder in Config::from_disk(book.join("book.toml"))?.build.extra_watch_dirs {
        watcher.watch(&book.join(folder), RecursiveMode::Recursive)?;
    }
    loop {
        if saves.recv()??.kind.is_access() {
            continue;
        }
        while !matches!(saves.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout)) {}
        match build(root) {
            Ok(()) => _ = builds.fetch_add(1, Ordering::Relaxed),
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_book_is_served() {
        let book = crate::root().join("book");
        assert!(page(&book, "/book.toml").is_some());
        for url in ["/../Cargo.toml", "/src/../../Cargo.toml", "/none.html"] {
            assert!(page(&book, url).is_none(), "{url}");
        }
    }
}
